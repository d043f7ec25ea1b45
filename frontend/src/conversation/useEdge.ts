// Notices when the end, or the beginning, of what scrolls comes near.
import { useCallback, useEffect, useRef } from 'react';

/** Gives the ref for an element at the edge of its scrolling parent; calls `onNear` when that is a screen away. Give the
 *  element a new key when there is more: an edge that stays near is not told twice. */
export function useEdge(onNear: () => void): (edge: HTMLElement | null) => (() => void) | undefined {
  const latest = useRef(onNear);
  useEffect(() => {
    latest.current = onNear;
  }, [onNear]);

  return useCallback((edge: HTMLElement | null) => {
    if (edge === null) return undefined;
    const root = edge.closest('[data-scrolls]');
    const tell = ([entry]: IntersectionObserverEntry[]) => entry?.isIntersecting && latest.current();
    const observer = new IntersectionObserver(tell, { root, rootMargin: '100% 0px' });
    observer.observe(edge);
    return () => observer.disconnect();
  }, []);
}
