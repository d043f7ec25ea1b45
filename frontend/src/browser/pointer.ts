// The kind of pointer: a mouse, which implies a keyboard, or touch.

/** Whether a pointer can hover. If not, Enter inserts a line break, and no field is focused automatically, as that
 *  would open the on-screen keyboard. */
export function canHover(): boolean {
  return window.matchMedia('(hover: hover)').matches;
}
