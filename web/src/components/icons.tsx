import type { ReactNode } from 'react';

/** Line icons on a 16-pixel grid. They stand beside words or on labelled buttons, so they are silent themselves. */
function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const line = (path: string) => <path d={path} />;

export const OverviewIcon = () => <Icon>{line('M2 14h12M3.5 11.5V8M8 11.5V3M12.5 11.5V6')}</Icon>;
export const CallsIcon = () => <Icon>{line('M2 4h12M2 8h12M2 12h8')}</Icon>;
export const SavingsIcon = () => (
  <Icon>{line('M2 3.5h12M2 7.5h8M2 11.5h4M12 7v6.5m-2.2-2.2L12 13.5l2.2-2.2')}</Icon>
);
export const BudgetIcon = () => <Icon>{line('M2 11.5a6 6 0 0 1 12 0M8 11.5l2.6-3.8M2 14h12')}</Icon>;
export const BatchIcon = () => <Icon>{line('M4.5 2.5h7M3 5.5h10M2 8.5h12v5H2zM6 11h4')}</Icon>;
export const KeyIcon = () => (
  <Icon>{line('M9.5 6.5 14 2m-1.5 1.5 1.5 1.5M6 13a3 3 0 1 1 0-6 3 3 0 0 1 0 6zm2.2-5.2 1.6-1.6')}</Icon>
);
export const ServerIcon = () => (
  <Icon>{line('M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.75h.01M5 11.25h.01')}</Icon>
);
export const ChipIcon = () => (
  <Icon>
    {line(
      'M4.5 4.5h7v7h-7zM6.5 1.5v3M9.5 1.5v3M6.5 11.5v3M9.5 11.5v3M1.5 6.5h3M1.5 9.5h3M11.5 6.5h3M11.5 9.5h3',
    )}
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="3" />
    {line('M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1')}
  </Icon>
);
export const MoonIcon = () => <Icon>{line('M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2z')}</Icon>;
export const CopyIcon = () => <Icon>{line('M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3')}</Icon>;
export const CheckIcon = () => <Icon>{line('m3 8.5 3.2 3.2L13 4.8')}</Icon>;
export const CloseIcon = () => <Icon>{line('m4 4 8 8M12 4l-8 8')}</Icon>;
export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    {line('m10.2 10.2 3.3 3.3')}
  </Icon>
);
export const ArrowLeftIcon = () => <Icon>{line('M13.5 8h-11M7 3.5 2.5 8 7 12.5')}</Icon>;
export const PlusIcon = () => <Icon>{line('M8 3v10M3 8h10')}</Icon>;

/** The endless loop, one stroke. */
export function BrandMark() {
  return (
    <svg
      className="brand-mark"
      viewBox="0 0 32 16"
      width="32"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M16 8c-2.9-4-5.2-5.6-7.8-5.6a5.6 5.6 0 0 0 0 11.2c2.6 0 4.9-1.6 7.8-5.6s5.2-5.6 7.8-5.6a5.6 5.6 0 0 1 0 11.2c-2.6 0-4.9-1.6-7.8-5.6z" />
    </svg>
  );
}
