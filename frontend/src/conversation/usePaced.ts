// What has gathered while a connection was lost, or comes faster than it can be drawn, is drawn in some frames and not in
// one: the page answers its reader in between.
import { isInsidePair } from '@sillage/protocol';
import { useEffect, useState } from 'react';

/** So much is parsed and laid out within a frame also by a phone, in UTF-16 units. */
const mostInFrame = 4_000;

/** Returns `text`, or as much of it as one frame may add to what was drawn before; the rest follows by itself. What is
 *  there at first counts as drawn unless it `isLive`. */
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
