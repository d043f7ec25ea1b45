// Spreads the rendering of a large text update over several frames, so that the page stays responsive after a lost
// connection or while text arrives faster than it can be rendered.
import { isInsidePair } from '@sillage/protocol';
import { useEffect, useState } from 'react';

/** Maximum text to add per frame, in UTF-16 units; a phone can parse and lay out this much within one frame. */
const mostInFrame = 2_500;

/** Returns `text`, or as much of it as one frame may add to the rendered text; the rest follows in later frames. The
 *  initial text counts as rendered unless `isLive`. */
export function usePaced(text: string, isLive: boolean): string {
  const [drawn, setDrawn] = useState(isLive ? '' : text);
  const next = aheadOf(drawn, text);
  if (next === text && drawn !== text) setDrawn(text);

  useEffect(() => {
    if (next === text) return;
    const frame = requestAnimationFrame(() => setDrawn(next));
    return () => cancelAnimationFrame(frame);
  }, [next, text]);

  return next;
}

function aheadOf(drawn: string, text: string): string {
  const end = drawn.length + mostInFrame;
  if (text.length <= end || !text.startsWith(drawn)) return text;
  return text.slice(0, isInsidePair(text, end) ? end + 1 : end);
}
