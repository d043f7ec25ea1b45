// The drawing of a diagram as React state.
import { type RefObject, useEffect, useState } from 'react';
import { useIsDark } from '../../ui/useIsDark.ts';
import { diagrams } from './draw-diagram.ts';
import type { Drawing } from './messages.ts';

/** Distance from the visible part of the conversation at which a diagram is drawn, so that it is ready when it is seen. */
const near = '600px';

/** Draws `source` when `box` comes near the visible part of the page, and again when the colours of the page change.
 *  Returns the drawing, `failed`, or `undefined` while there is none. */
export function useDrawing(
  source: string | undefined,
  box: RefObject<HTMLElement | null>,
): Drawing | 'failed' | undefined {
  const [drawn, setDrawn] = useState<{ readonly source: string; readonly drawing: Drawing | 'failed' }>();
  const isNear = useIsNear(box, source !== undefined);
  const isDark = useIsDark();

  useEffect(() => {
    if (source === undefined || !isNear) return;
    const left = new AbortController();
    diagrams.draw({ source, isDark }, left.signal).then(
      (drawing) => setDrawn({ source, drawing }),
      (error) => {
        if (left.signal.aborted) return;
        console.warn('A diagram cannot be drawn, and is shown as its source:', error);
        setDrawn({ source, drawing: 'failed' });
      },
    );
    return () => left.abort();
  }, [source, isNear, isDark]);

  return drawn?.source === source ? drawn?.drawing : undefined;
}

/** Whether a box has been near the visible part of the page since `isObserved`. */
function useIsNear(box: RefObject<HTMLElement | null>, isObserved: boolean): boolean {
  const [isNear, setNear] = useState(false);

  useEffect(() => {
    if (!isObserved || isNear || box.current === null) return;
    const root = box.current.closest('.scroll');
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      { root, rootMargin: `${near} 0px` },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, isObserved, isNear]);

  return isNear;
}
