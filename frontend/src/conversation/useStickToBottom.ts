// Keeps a scroll box at its end while the reader is there, and leaves the reader alone anywhere else.
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** Follows the end of `content` inside `box`. `isAtEnd` says whether it does; `jump` goes there. */
export function useStickToBottom(
  box: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
): { readonly isAtEnd: boolean; readonly jump: () => void } {
  const sticks = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);

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
      // Any step upwards is the reader's: growth never moves a box up, and shrinking leaves it at its end.
      if (scrollHeight - scrollTop - clientHeight < 2) stick(true);
      else if (scrollTop < before) stick(false);
      before = scrollTop;
    };
    const follow = () => {
      if (sticks.current) scroller.scrollTop = scroller.scrollHeight;
    };
    const resized = new ResizeObserver(follow);
    resized.observe(inner);
    resized.observe(scroller);
    scroller.addEventListener('scroll', decide, { passive: true });
    return () => {
      resized.disconnect();
      scroller.removeEventListener('scroll', decide);
    };
  }, [box, content, stick]);

  return { isAtEnd, jump };
}
