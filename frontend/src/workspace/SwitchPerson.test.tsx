// Links with a token, opened while a person is signed in: which account the page shows, and where drafts belong.
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { App } from '../App.tsx';
import { readStored, storedKeys, writeStored } from '../browser/stored.ts';
import { startPageServer } from '../testing/page-server.ts';

const tokenOf = (sub: string, id = '') => `aa.${encoded({ sub, id })}.cc`;
const ada = tokenOf('ada 海');
const eve = tokenOf('eve 🏴‍☠️');

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, '', '/');
  writeStored(storedKeys.token, ada);
});
afterEach(cleanup);

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });
const write = (text: string) => fireEvent.change(field(), { target: { value: text } });
const dialog = () => screen.findByRole('dialog', { name: 'Switch to another account?' });

/** Opens a link in the current page. */
function open(token: string): void {
  window.history.replaceState(null, '', `/#token=${token}`);
  act(() => void window.dispatchEvent(new Event('hashchange')));
}

test('a link of another person asks for confirmation, and changes nothing until then', async () => {
  await startPageServer();
  window.history.replaceState(null, '', `/#token=${eve}`);
  render(<App />);
  write('For nobody else');

  const question = await dialog();

  expect(question.textContent).toMatch(/signed in as .*ada 海.*signs in .*eve/);
  expect(readStored(storedKeys.token)).toBe(ada);
  expect(window.location.hash).toBe('');

  fireEvent.click(screen.getByRole('button', { name: /^Stay/ }));

  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(readStored(storedKeys.token)).toBe(ada);
  expect(field().value).toBe('For nobody else');
});

test('a switch leaves the draft with the person who wrote it', async () => {
  await startPageServer();
  render(<App />);
  write('Secret of ada');

  open(eve);
  await dialog();
  fireEvent.click(screen.getByRole('button', { name: /^Switch to/ }));

  await waitFor(() => expect(readStored(storedKeys.token)).toBe(eve));
  expect(field().value).toBe('');
  write('Text of eve');

  open(ada);
  await dialog();
  fireEvent.click(screen.getByRole('button', { name: /^Switch to/ }));

  await waitFor(() => expect(field().value).toBe('Secret of ada'));
});

test('a newer token of the same person is taken without confirmation', async () => {
  await startPageServer();
  render(<App />);
  write('Half a thought');

  open(tokenOf('ada 海', 'newer'));

  await waitFor(() => expect(readStored(storedKeys.token)).toBe(tokenOf('ada 海', 'newer')));
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(field().value).toBe('Half a thought');
});

test.each([
  ['another person', eve],
  ['the same person', tokenOf('ada 海', 'forged')],
])('a token of %s that the server refuses changes nothing', async (_, token) => {
  const { refusedTokens } = await startPageServer();
  refusedTokens.add(token);
  render(<App />);
  write('Still here');
  const { fetch } = globalThis;
  const checked = Promise.withResolvers<void>();
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (JSON.stringify(init?.headers ?? {}).includes(token)) checked.resolve();
    return response;
  };

  open(token);
  await act(() => checked.promise);

  expect(readStored(storedKeys.token)).toBe(ada);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(field().value).toBe('Still here');
});

test('two persons have no draft in common, whatever their names hold', () => {
  expect(storedKeys.draft('a/b', 'c')).not.toBe(storedKeys.draft('a', 'b/c'));
  expect(storedKeys.draft('a', 'c')).not.toBe(storedKeys.sent('a', 'c'));
  expect(() => storedKeys.draft('\ud800', 'c')).not.toThrow();
});

function encoded(claims: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
