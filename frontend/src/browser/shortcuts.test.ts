// Key presses of English and French keyboards.
import { expect, test } from 'vitest';
import { type KeyPress, shortcutOf } from './shortcuts.ts';

const elsewhere = { isTyping: false, hasSingleKeys: true };
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  isComposing: false,
  ...more,
});

test('single keys work elsewhere, are letters in a field, and can be switched off', () => {
  expect(shortcutOf(press('/'), elsewhere)).toBe('write');
  expect(shortcutOf(press('/', { shiftKey: true }), elsewhere)).toBe('write'); // Shift + : on a French keyboard
  expect(shortcutOf(press('?', { shiftKey: true }), elsewhere)).toBe('help');
  expect(shortcutOf(press('/'), { ...elsewhere, isTyping: true })).toBeUndefined();
  expect(shortcutOf(press('?'), { ...elsewhere, hasSingleKeys: false })).toBeUndefined();
});

test('Ctrl and the Mac’s command key mean the same, also in a field', () => {
  const typing = { isTyping: true, hasSingleKeys: true };

  expect(shortcutOf(press('k', { ctrlKey: true }), typing)).toBe('search');
  expect(shortcutOf(press('K', { metaKey: true }), typing)).toBe('search');
  expect(shortcutOf(press('O', { ctrlKey: true, shiftKey: true }), typing)).toBe('fresh');
  expect(shortcutOf(press('b', { ctrlKey: true }), typing)).toBe('toggle-list');
});

test('undo belongs to the text in a field, and to the list elsewhere', () => {
  expect(shortcutOf(press('z', { ctrlKey: true }), { isTyping: true, hasSingleKeys: true })).toBeUndefined();
  expect(shortcutOf(press('z', { ctrlKey: true }), elsewhere)).toBe('undo');
});

test('a character from an input method or AltGr is a letter', () => {
  expect(shortcutOf(press('/', { isComposing: true }), elsewhere)).toBeUndefined();
  expect(shortcutOf(press('k', { ctrlKey: true, altKey: true }), elsewhere)).toBeUndefined();
});
