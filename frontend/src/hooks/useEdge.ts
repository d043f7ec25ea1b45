// Detects when the user scrolls near the start or end of a scroll box.
import { useCallback, useEffect, useRef } from 'react';

/** Returns the ref for an element at the edge of its scroll box; calls `onNear` when it is within one screen of the
 *  visible area. After loading more content, change the element's key: `onNear` is called once per element while it
 *  stays near. */
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
