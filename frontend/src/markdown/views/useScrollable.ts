// Content wider than its box scrolls, and must be scrollable by keyboard. A box whose content fits is not a tab stop.
import { type RefObject, useEffect, useRef, useState } from 'react';

interface Scrollable<Box extends HTMLElement> {
  readonly ref: RefObject<Box | null>;
  readonly isScrollable: boolean;
  readonly tabIndex: 0 | undefined;
}

/** Tracks whether the content of a box is wider than the box. */
export function useScrollable<Box extends HTMLElement>(): Scrollable<Box> {
  const ref = useRef<Box>(null);
  const [isScrollable, setScrollable] = useState(false);

  useEffect(() => {
    const box = ref.current;
    if (box === null) return;
    const observer = new ResizeObserver(() => setScrollable(box.scrollWidth > box.clientWidth));
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, []);

  return { ref, isScrollable, tabIndex: isScrollable ? 0 : undefined };
}
