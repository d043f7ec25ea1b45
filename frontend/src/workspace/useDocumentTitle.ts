// The title of the browser tab.
import { useEffect } from 'react';

/** Sets the title of the tab to that of the conversation. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Sillage` : 'Sillage';
    return () => {
      document.title = 'Sillage'; // the title of a conversation must not outlive its page, for example after a sign-out
    };
  }, [title]);
}
