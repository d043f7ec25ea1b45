// A media query as React state.
import { useCallback, useSyncExternalStore } from 'react';

/** Media query for windows too narrow for a list beside the conversation, which becomes a drawer. Must match
 *  styles/workspace.css. */
export const narrow = '(max-width: 52rem)';

/** Whether `query` matches now. */
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
