// What Enter means in a field. An input method confirms a word by Enter, which must never send.
import type { KeyboardEvent } from 'react';
import { canHover } from './pointer.ts';

/** Whether an input method uses this key press. Safari ends the composition first and marks the press by 229 only. */
export function isComposing({ nativeEvent, keyCode }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || keyCode === 229;
}

/** Whether a key press sends what is written: Enter, or on touch, where Enter breaks the line, Ctrl or Cmd with it. */
export function sends(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || canHover();
}
