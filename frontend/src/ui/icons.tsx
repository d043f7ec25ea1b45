// The icons of the interface, on a grid of 20 units; always beside text or inside a labelled button.
import type { ReactNode } from 'react';

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** Renders the icon "new". */
export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);
/** Renders the icon "send". */
export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5 9.5l5-5 5 5" />
  </Icon>
);
/** Renders the icon "stop". */
export const StopIcon = () => (
  <Icon>
    <rect className="icon-solid" x="5.5" y="5.5" width="9" height="9" rx="1.5" />
  </Icon>
);
/** Renders the icon "scroll down". */
export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.5M5 10.5l5 5 5-5" />
  </Icon>
);
/** Renders the icon "unfold", which points to the right until CSS turns it. */
export const UnfoldIcon = () => (
  <Icon>
    <path d="M8 5.5l4.5 4.5-4.5 4.5" />
  </Icon>
);
/** Renders the icon "copy". */
export const CopyIcon = () => (
  <Icon>
    <rect x="7.5" y="7.5" width="9" height="9" rx="2" />
    <path d="M12.5 4.7a1.5 1.5 0 0 0-1.4-1.2H5A1.5 1.5 0 0 0 3.5 5v6.1a1.5 1.5 0 0 0 1.2 1.4" />
  </Icon>
);
/** Renders the icon "link". */
export const LinkIcon = () => (
  <Icon>
    <path d="M8.4 11.6a3 3 0 0 0 4.4.2l2.7-2.7a3.1 3.1 0 0 0-4.4-4.4l-.9.9M11.6 8.4a3 3 0 0 0-4.4-.2l-2.7 2.7a3.1 3.1 0 0 0 4.4 4.4l.9-.9" />
  </Icon>
);
/** Renders the icon "done". */
export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.5 3.5 7.5-8" />
  </Icon>
);
/** Renders the icon "side panel". */
export const PanelIcon = () => (
  <Icon>
    <rect x="3" y="4" width="14" height="12" rx="2.5" />
    <path d="M8 4v12" />
  </Icon>
);
/** Renders the icon "search". */
export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5.25" />
    <path d="m13 13 3.5 3.5" />
  </Icon>
);
/** Renders the icon "close" or "clear". */
export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);
/** Renders the icon "more actions". */
export const MoreIcon = () => (
  <Icon>
    <path className="icon-dots" d="M4.5 10h.01M10 10h.01M15.5 10h.01" />
  </Icon>
);
/** Renders the icon "settings". */
export const GearIcon = () => (
  <Icon>
    <path d="M3 6h7M14 6h3M3 14h3M10 14h7" />
    <circle cx="12" cy="6" r="2" />
    <circle cx="8" cy="14" r="2" />
  </Icon>
);
/** Renders the icon "keyboard". */
export const KeyboardIcon = () => (
  <Icon>
    <rect x="2.5" y="5" width="15" height="10" rx="2" />
    <path d="M5.8 8.5h.01M9 8.5h.01M12.2 8.5h.01M14.6 8.5h.01M7 12h6" />
  </Icon>
);
/** Renders the icon "edit". */
export const PenIcon = () => (
  <Icon>
    <path d="M4 16l.8-3.4 8.4-8.4a1.6 1.6 0 0 1 2.3 0l.3.3a1.6 1.6 0 0 1 0 2.3l-8.4 8.4L4 16z" />
  </Icon>
);
/** Renders the icon "pin". */
export const PinIcon = () => (
  <Icon>
    <path d="M7 3.5h6M8 3.5v4.7L5.5 11v1.5h9V11L12 8.2V3.5M10 12.5v4" />
  </Icon>
);
/** Renders the icon "unpin". */
export const UnpinIcon = () => (
  <Icon>
    <path d="M7 3.5h6M12 3.5v4.7l2.3 2.6M8 7.8v.4L5.5 11v1.5h7.2M10 12.5v4M4 4l12 12" />
  </Icon>
);
/** Renders the icon "download". */
export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3.5v8.5M6.5 8.8 10 12.2l3.5-3.4M4 16.5h12" />
  </Icon>
);
/** Renders the icon "delete". */
export const TrashIcon = () => (
  <Icon>
    <path d="M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 10.5h7.6l.7-10.5M8.5 9v4M11.5 9v4" />
  </Icon>
);
/** Renders the icon "regenerate". */
export const AgainIcon = () => (
  <Icon>
    <path d="M15.8 8A6.2 6.2 0 1 0 16 11.5M16 4.2V8h-3.8" />
  </Icon>
);
/** Renders the icon "information". */
export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 9.3v4M10 6.7v.01" />
  </Icon>
);
/** Renders the icon "previous". */
export const PreviousIcon = () => (
  <Icon>
    <path d="M12 5.5 7.5 10l4.5 4.5" />
  </Icon>
);
/** Renders the icon "next". */
export const NextIcon = () => (
  <Icon>
    <path d="M8 5.5l4.5 4.5L8 14.5" />
  </Icon>
);
/** The icon of each theme. */
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

/** Renders the logo of Sillage: three lines of a ship's wake. */
export const WakeMark = () => (
  <svg className="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="M3 7c3-3 6-3 9 0s6 3 9 0" />
    <path d="M3 12.5c3-3 6-3 9 0s6 3 9 0" opacity=".65" />
    <path d="M3 18c3-3 6-3 9 0s6 3 9 0" opacity=".35" />
  </svg>
);
/** Renders the icon "wrap long lines". */
export const WrapIcon = () => (
  <Icon>
    <path d="M3.5 5h13M3.5 10h10.5a2.5 2.5 0 0 1 0 5H10m2-2-2 2 2 2M3.5 15H6" />
  </Icon>
);

/** Renders the icon "source code". */
export const CodeIcon = () => (
  <Icon>
    <path d="m7 6-4 4 4 4M13 6l4 4-4 4" />
  </Icon>
);
