// Keyboard shortcuts. A pure mapping from a key press to its action.

/** The action of a shortcut. */
export type Shortcut = 'write' | 'search' | 'fresh' | 'toggle-list' | 'undo' | 'help';

/** The relevant properties of a key press. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing'
>;

/** Finds the shortcut of a key press. `isTyping`: whether the focus is in a text field, where keys enter characters.
 *  `hasSingleKeys`: whether single-key shortcuts are enabled; a person may disable them (WCAG 2.1.4). */
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

/** Whether keys pressed in an element enter text. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=radio])');
}
