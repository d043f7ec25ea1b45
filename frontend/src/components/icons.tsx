// The few pictures of the interface, drawn on 20 units; always beside words or inside a named button.
import type { ReactNode } from 'react';

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** Draws: begin something new. */
export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);
/** Draws: send. */
export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5 9.5l5-5 5 5" />
  </Icon>
);
/** Draws: stop. */
export const StopIcon = () => (
  <Icon>
    <rect className="icon-solid" x="5.5" y="5.5" width="9" height="9" rx="1.5" />
  </Icon>
);
/** Draws: go down. */
export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.5M5 10.5l5 5 5-5" />
  </Icon>
);
/** Draws: copy. */
export const CopyIcon = () => (
  <Icon>
    <rect x="7.5" y="7.5" width="9" height="9" rx="2" />
    <path d="M12.5 4.7a1.5 1.5 0 0 0-1.4-1.2H5A1.5 1.5 0 0 0 3.5 5v6.1a1.5 1.5 0 0 0 1.2 1.4" />
  </Icon>
);
/** Draws: done. */
export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.5 3.5 7.5-8" />
  </Icon>
);
/** Draws: leave. */
export const SignOutIcon = () => (
  <Icon>
    <path d="M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M13 13.5l3.5-3.5L13 6.5M16.5 10H8" />
  </Icon>
);
/** Draws each theme. */
export const ThemeIcon = { system: SystemIcon, light: SunIcon, dark: MoonIcon } as const;

function SystemIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="6.5" />
      <path className="icon-solid" d="M10 3.5a6.5 6.5 0 0 1 0 13z" />
    </Icon>
  );
}
function SunIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="3.25" />
      <path d="M10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1" />
    </Icon>
  );
}
function MoonIcon() {
  return (
    <Icon>
      <path d="M16.5 11.7A6.8 6.8 0 0 1 8.3 3.5a6.8 6.8 0 1 0 8.2 8.2z" />
    </Icon>
  );
}

/** Draws the mark of Sillage: three lines of a wake. */
export const WakeMark = () => (
  <svg className="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="M3 7c3-3 6-3 9 0s6 3 9 0" />
    <path d="M3 12.5c3-3 6-3 9 0s6 3 9 0" opacity=".65" />
    <path d="M3 18c3-3 6-3 9 0s6 3 9 0" opacity=".35" />
  </svg>
);
