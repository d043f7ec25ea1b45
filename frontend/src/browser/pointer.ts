// What the person holds: a mouse and, with it, a keyboard; or a finger.

/** Says whether a pointer can hover. Where none can, Enter breaks the line, and nothing opens the keyboard unasked. */
export function canHover(): boolean {
  return window.matchMedia('(hover: hover)').matches;
}
