// Buttons that replace each other in the same place: the second click of a double click must not reach the second
// button.
import { useEffect } from 'react';

/** Time in milliseconds within which nobody can notice a new button and press it deliberately. */
export const swapMs = 500;
const samePlacePx = 24;

interface Press {
  readonly button: Element;
  readonly atMs: number;
  readonly x: number;
  readonly y: number;
}

/** Ignores a click on a button that replaced another one clicked just before. */
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
