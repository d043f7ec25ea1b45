// How a token enters the page, and how it leaves the address.
import { beforeEach, expect, test } from 'vitest';
import { parseToken, takeTokenFromAddress } from './sign-in.ts';
import { forgetPerson, readStored, storedKeys, writeStored } from './stored.ts';

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, '', '/');
});

test('a token in the address is kept, and gone from the address and the history at once', () => {
  window.history.replaceState(null, '', '/c/one?x=1#token=aa.bb.cc');
  const { length } = window.history;

  takeTokenFromAddress();

  expect(readStored(storedKeys.token)).toBe('aa.bb.cc');
  expect(window.location.href).toMatch(/\/c\/one\?x=1$/);
  expect(window.history.length).toBe(length);
});

test('an incomplete token is removed from the address too, and replaces no valid one', () => {
  writeStored(storedKeys.token, 'aa.bb.cc');
  window.history.replaceState(null, '', '/#token=aa.b');

  takeTokenFromAddress();

  expect(window.location.hash).toBe('');
  expect(readStored(storedKeys.token)).toBe('aa.bb.cc');
});

test('any other fragment is left alone', () => {
  window.history.replaceState(null, '', '/#composer');

  takeTokenFromAddress();

  expect(window.location.hash).toBe('#composer');
});

test('a pasted link and a pasted token are both understood', () => {
  expect(parseToken(' http://localhost:3000/#token=aa.b-b.c_c\n')).toBe('aa.b-b.c_c');
  expect(parseToken('aa.b-b.c_c')).toBe('aa.b-b.c_c');
  expect(parseToken('http://localhost:3000/')).toBeUndefined();
  expect(parseToken('')).toBeUndefined();
});

test('signing out forgets the person and keeps the theme', () => {
  writeStored(storedKeys.token, 'aa.bb.cc');
  writeStored(storedKeys.draft('ada', 'new'), 'secret');
  writeStored(storedKeys.theme, 'dark');

  forgetPerson();

  expect(readStored(storedKeys.token)).toBeUndefined();
  expect(readStored(storedKeys.draft('ada', 'new'))).toBeUndefined();
  expect(readStored(storedKeys.theme)).toBe('dark');
});
