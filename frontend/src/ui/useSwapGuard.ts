// Buttons that take one another's place: the second click of a double click, meant for the first, never reaches the next.
import { useEffect } from 'react';

/** No person sees a new button, understands it and presses it within this time. */
export const swapMs = 500;
const samePlacePx = 24;

interface Press {
  readonly button: Element;
  readonly atMs: number;
  readonly x: number;
  readonly y: number;
}

/** Drops a click on a button that stands where another was clicked just before. */
export function useSwapGuard(): void {
  useEffect(() => {
    let last: Press | undefined;
    const guard = (event: MouseEvent) => {
      const button = event.target instanceof Element ? event.target.closest('button, a, [role=button]') : null;
      if (button === null || event.detail === 0) return; // 0: by keyboard
      const press = { button, atMs: performance.now(), x: event.clientX, y: event.clientY };
      if (last !== undefined && isSwapped(last, press)) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      last = press;
    };
    document.addEventListener('click', guard, { capture: true });
    return () => document.removeEventListener('click', guard, { capture: true });
  }, []);
}

function isSwapped(last: Press, press: Press): boolean {
  const isNear = Math.hypot(press.x - last.x, press.y - last.y) < samePlacePx;
  return press.button !== last.button && isNear && press.atMs - last.atMs < swapMs;
}
