// A media query as React state.
import { useCallback, useSyncExternalStore } from 'react';

/** Is where a list beside the conversation leaves too little of it: it becomes a drawer. As in styles/workspace.css. */
export const narrow = '(max-width: 52rem)';

/** Says whether `query` holds now. */
export function useMedia(query: string): boolean {
  const listen = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(listen, () => window.matchMedia(query).matches);
}
