// The Enter key in text fields. Enter that confirms a word of an input method must never send.
import type { KeyboardEvent } from 'react';
import { canHover } from './pointer.ts';

/** Whether an input method handles this key press. Safari ends the composition first and marks the key press only by
 *  `keyCode` 229. */
export function isComposing({ nativeEvent, keyCode }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || keyCode === 229;
}

/** Whether a key press sends the text: Enter, or Ctrl/Cmd+Enter on touch devices, where Enter inserts a line break. */
export function sends(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || canHover();
}
