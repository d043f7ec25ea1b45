// Keeps a scroll box at its end while the user is there; does not scroll if the user has scrolled up.

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTextField } from '../browser/shortcuts.ts';

/** Scrolling down to within this distance of the end snaps to the end. */
const nearPx = 48;

/** Height of the lines by which some wheels scroll. */
const linePx = 16;

/** Follows the end of `content` inside `box`, unless `isEmpty`: a welcome view is read from its start. `isAtEnd`: whether
 *  it follows; `jump` scrolls to the end; `leave` stops following. */
export function useStickToBottom(
  box: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  { isEmpty }: { readonly isEmpty: boolean },
): { readonly isAtEnd: boolean; readonly jump: () => void; readonly leave: () => void } {
  const sticks = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);
  const hasEnd = useRef(!isEmpty);
  useLayoutEffect(() => {
    hasEnd.current = !isEmpty;
  }, [isEmpty]);

  const stick = useCallback((does: boolean) => {
    sticks.current = does;
    setAtEnd(does);
  }, []);

  const jump = useCallback(() => {
    stick(true);
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [box, stick]);

  useEffect(() => {
    const { current: scroller } = box;
    const { current: inner } = content;
    if (scroller === null || inner === null) return;
    let before = scroller.scrollTop;

    const decide = () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      // Only the user scrolls up: growing content never moves the box up, and shrinking leaves it at its end.
      // Scrolling down to near the end counts as reaching it, because the text may have grown meanwhile.
      const left = scrollHeight - scrollTop - clientHeight;
      if (left < 2 || (scrollTop > before && left < nearPx)) stick(true);
      else if (scrollTop < before) stick(false);
      before = scrollTop;
    };
    const follow = () => {
      if (hasEnd.current && sticks.current && !isSelecting) scroller.scrollTop = scroller.scrollHeight;
    };
    let isSelecting = false;
    const press = () => {
      isSelecting = true; // selected text stays under the pointer
    };
    const release = () => {
      isSelecting = false;
      if (document.getSelection()?.isCollapsed !== false) follow();
    };
    const goToEnd = (event: KeyboardEvent) => {
      if (event.key === 'End' && !isTextField(event.target)) stick(true);
    };
    // A turn of the wheel beyond the end follows at once: the text has grown when the box has scrolled.
    const turn = ({ deltaY, deltaMode }: WheelEvent) => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      const px = deltaMode === WheelEvent.DOM_DELTA_LINE ? deltaY * linePx : deltaY;
      if (px > 0 && scrollTop + clientHeight + px >= scrollHeight) stick(true);
    };
    const resized = new ResizeObserver(follow);
    resized.observe(inner);
    resized.observe(scroller);
    scroller.addEventListener('scroll', decide, { passive: true });
    scroller.addEventListener('wheel', turn, { passive: true });
    inner.addEventListener('mousedown', press);
    document.addEventListener('mouseup', release);
    document.addEventListener('keydown', goToEnd);
    return () => {
      inner.removeEventListener('mousedown', press);
      document.removeEventListener('mouseup', release);
      document.removeEventListener('keydown', goToEnd);
      resized.disconnect();
      scroller.removeEventListener('scroll', decide);
      scroller.removeEventListener('wheel', turn);
    };
  }, [box, content, stick]);

  const leave = useCallback(() => {
    stick(false);
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setAtEnd(scrollHeight - scrollTop - clientHeight < 2); // a short conversation has nothing to jump to
  }, [box, stick]);
  return { isAtEnd, jump, leave };
}
