// A link that the page follows itself, without loading anew; a new tab is a new tab, as with any link.
import type { MouseEvent, ReactNode } from 'react';

/** Says whether a click asks for more than to go there: a new tab or window. */
export function isForBrowser({ metaKey, ctrlKey, shiftKey, button }: MouseEvent): boolean {
  return metaKey || ctrlKey || shiftKey || button !== 0;
}

/** Leads to a new conversation, by the name of the house. */
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
