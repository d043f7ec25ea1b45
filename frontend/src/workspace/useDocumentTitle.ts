// The name of the page's tab.
import { useEffect } from 'react';

/** Names the tab after the conversation. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Sillage` : 'Sillage';
  }, [title]);
}
