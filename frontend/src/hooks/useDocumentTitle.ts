// The title of the browser tab.
import { useEffect } from 'react';

/** Sets the title of the tab to that of the conversation, behind the number of conversations with a new reply. */
export function useDocumentTitle(title: string | undefined, unread: number): void {
  useEffect(() => {
    const count = unread > 0 ? `(${unread}) ` : '';
    document.title = `${count}${title ? `${title} · ` : ''}Sillage`;
    return () => {
      document.title = 'Sillage'; // the title of a conversation must not outlive its page, for example after a sign-out
    };
  }, [title, unread]);
}
