// A link that navigates without a page load; modified clicks open a new tab as usual.
import type { MouseEvent, ReactNode } from 'react';

/** Whether a click requests a new tab or window, which the browser handles. */
export function isForBrowser({ metaKey, ctrlKey, shiftKey, button }: MouseEvent): boolean {
  return metaKey || ctrlKey || shiftKey || button !== 0;
}

/** Renders a link with the product's name that opens a new conversation. */
export function HomeLink({ onHome, children }: { readonly onHome: () => void; readonly children: ReactNode }) {
  const go = (event: MouseEvent) => {
    if (isForBrowser(event)) return;
    event.preventDefault();
    onHome();
  };
  return (
    <a className="wordmark" href="/" onClick={go}>
      {children}
    </a>
  );
}
