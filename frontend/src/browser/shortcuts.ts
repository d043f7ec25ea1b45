// Which key means what. Pure: the page listens in one place and asks here.

/** Names what a shortcut does. */
export type Shortcut = 'write' | 'search' | 'fresh' | 'toggle-list' | 'undo' | 'help';

/** Is what matters of a key press. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing'
>;

/** Finds the shortcut of a key press; `isTyping`: in a field, where keys are letters; `hasSingleKeys`: a person may
 *  have switched those off (WCAG 2.1.4). */
export function shortcutOf(
  press: KeyPress,
  { isTyping, hasSingleKeys }: { readonly isTyping: boolean; readonly hasSingleKeys: boolean },
): Shortcut | undefined {
  if (press.isComposing || press.altKey) return undefined;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) {
    if (press.shiftKey) return key === 'o' ? 'fresh' : undefined;
    if (key === 'k') return 'search';
    if (key === 'b') return 'toggle-list';
    return key === 'z' && !isTyping ? 'undo' : undefined;
  }
  if (isTyping || !hasSingleKeys) return undefined;
  if (key === '/') return 'write';
  return key === '?' ? 'help' : undefined;
}

/** Says whether keys pressed in an element are letters of a text. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=radio])');
}
