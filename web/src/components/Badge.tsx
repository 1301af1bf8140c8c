import type { ReactNode } from 'react';

interface BadgeProps {
  readonly tone?: 'plain' | 'accent' | 'warn' | 'bad';
  readonly title?: string;
  readonly children: ReactNode;
}

export function Badge({ tone = 'plain', title, children }: BadgeProps) {
  return (
    <span className={`badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}
