// The name of the page's tab.
import { useEffect } from 'react';

/** Names the tab after the conversation. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Sillage` : 'Sillage';
    return () => {
      document.title = 'Sillage'; // what is gone, a signed-out person's conversation say, is named no more
    };
  }, [title]);
}
