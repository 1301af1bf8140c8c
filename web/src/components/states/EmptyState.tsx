import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  /** Whether the title is that of the whole page. */
  readonly wholePage?: boolean;
  readonly children?: ReactNode;
}

export function EmptyState({ title, wholePage = false, children }: EmptyStateProps) {
  const Heading = wholePage ? 'h1' : 'h2';
  return (
    <div className="empty-state">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
