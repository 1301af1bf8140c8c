import { useId, type ReactNode } from 'react';

interface PanelProps {
  readonly title: string;
  /** Beside the title: what the figures are of, or controls. */
  readonly aside?: ReactNode;
  readonly stale?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A titled section on its own surface. Stale content stays in place, dimmed, until the new is there. */
export function Panel({ title, aside, stale = false, className = '', children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={heading} aria-busy={stale}>
      <div className="panel-head">
        <h2 id={heading}>{title}</h2>
        {aside}
      </div>
      <div className={stale ? 'is-stale' : undefined}>{children}</div>
    </section>
  );
}
