// The page in use, against a real HTTP server. Behaviour that needs a real browser is tested in e2e/.
import type { ChatRequest } from '@sillage/protocol';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { App } from './App.tsx';
import { sessionIdIn } from './browser/address.ts';
import { readStored, storedKeys, writeStored } from './browser/stored.ts';
import { sessionOf, startPageServer } from './testing/page-server.ts';

const createdAt = '2026-01-01T00:00:00Z';

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, '', '/');
  writeStored(storedKeys.token, 'aa.bb.cc');
});
afterEach(cleanup);

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });

function write(message: string) {
  fireEvent.change(field(), { target: { value: message } });
}

function send(message: string) {
  write(message);
  fireEvent.keyDown(field(), { key: 'Enter' });
}

async function lastReply() {
  await screen.findAllByRole('article', { name: 'Reply' });
  const reply = screen.getAllByRole('article', { name: 'Reply' }).at(-1);
  if (reply === undefined) throw new Error('no reply');
  return within(reply);
}

test('without a token the page asks for one, and a pasted link opens it', async () => {
  localStorage.clear();
  await startPageServer();
  render(<App />);

  fireEvent.change(screen.getByLabelText('Link or token'), { target: { value: 'http://localhost/' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(screen.getByRole('alert').textContent).toMatch(/no token/);
  fireEvent.change(screen.getByLabelText('Link or token'), { target: { value: 'http://localhost/#token=aa.bb.cc' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));

  await screen.findByTestId('demo-notice');
  expect(document.activeElement).toBe(field());
});

test('a sent message gets an address, and its reply is shown as it comes', async () => {
  const { streams } = await startPageServer();
  render(<App />);

  send('Hi');
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  streams.streams[0]?.text('Hello');
  const reply = await lastReply();
  await reply.findByText('Hello');

  expect(reply.getByTestId('reply-status').textContent).toBe('live');
  expect(screen.getByRole('status').textContent).toBe('Reply started');
  expect(field().value).toBe('');
  expect(streams.requests[0]?.body).toMatchObject({ message: 'Hi', sessionId: sessionIdIn(window.location.pathname) });
  expect(streams.requests[0]?.headers.authorization).toBe('Bearer aa.bb.cc');
  streams.streams[0]?.text(' world').end('stop');
  await reply.findByText('Hello world');
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe('Reply finished'));
});

test('while a reply streams the button and Escape stop it, and Enter queues what was typed', async () => {
  const { streams } = await startPageServer({ onStart: (stream) => stream.text('Hello') });
  render(<App />);

  send('Hi');
  const reply = await lastReply();
  await reply.findByText('Hello');
  send('And then?');
  expect(field().value).toBe('');
  expect(screen.getByTestId('queued').textContent).toContain('And then?');
  fireEvent.keyDown(document, { key: 'Escape' });
  expect(field().value).toBe('And then?');
  expect(screen.getByRole('button', { name: 'Stop the reply' })).toBeDefined();
  fireEvent.keyDown(document, { key: 'Escape' });

  await waitFor(() => expect(reply.getByTestId('reply-status').textContent).toBe('stopped'));
  expect(screen.queryByTestId('failure')).toBeNull();
  expect(streams.requests.at(-1)?.path).toMatch(/\/stop$/);
  expect(screen.getByRole('button', { name: 'Send message' })).toBeDefined();
  expect(document.activeElement).toBe(field());
});

test('reasoning is open while it is all there is, then folded, and is never announced', async () => {
  const { streams } = await startPageServer();
  render(<App />);
  const folded = () => screen.getByTestId<HTMLDetailsElement>('reasoning').open === false;
  const sentAt = performance.now();

  send('Hi');
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  streams.streams[0]?.reasoning('Let me think. 让我想想🤔');
  const reply = await lastReply();
  await reply.findByText('Let me think. 让我想想🤔');
  expect(reply.getByText('Thinking')).toBeDefined();
  expect(folded()).toBe(false);
  expect(screen.getByTestId('reasoning').closest('[aria-live], [role=status], [role=alert], [role=log]')).toBeNull();
  expect(screen.getByRole('status').textContent).toBe('thinking');

  streams.streams[0]?.text('Yes');
  await reply.findByText('Yes');
  expect(folded()).toBe(true);
  const { textContent: thought } = await reply.findByText(/^Thought for \d+\ss$/);
  const secondsSinceSent = Math.max(1, Math.round((performance.now() - sentAt) / 1000));
  expect(Number(thought?.match(/\d+/)?.[0])).toBeLessThanOrEqual(secondsSinceSent);
  expect(reply.queryByText(/Let me think/)).toBeNull();
  fireEvent.click(reply.getByText(/^Thought for/));
  await reply.findByText(/Let me think/);

  streams.streams[0]?.end('stop', { reasoningMs: 12_400 });
  await reply.findByText(/^Thought for 12\ss$/);
  expect(folded()).toBe(false);
  expect(reply.getByTestId('reply-text').textContent).toBe('Yes');
});

test('stored reasoning is folded, and open where the reply has nothing else', async () => {
  const { sessions } = await startPageServer();
  const stored = (id: string, more: object) =>
    ({
      id,
      role: 'assistant',
      content: '',
      createdAt,
      finishReason: 'stop',
      parentId: `${id}-prompt`,
      ...more,
    }) as const;
  const prompt = (id: string, more = {}) => ({ id, role: 'user', content: id, createdAt, ...more }) as const;
  const messages = [
    prompt('a-prompt'),
    stored('a', { content: 'Yes', reasoning: 'Hm', reasoningMs: 61_000 }),
    prompt('b-prompt', { parentId: 'a' }),
    stored('b', { reasoning: 'Hm, hm', finishReason: 'stopped' }),
  ];
  sessions.set('s', sessionOf('s', { leafId: 'b', messages }));
  window.history.replaceState(null, '', '/c/s');
  render(<App />);

  await screen.findByText('Hm, hm');
  expect(screen.getAllByTestId<HTMLDetailsElement>('reasoning').map(({ open }) => open)).toEqual([false, true]);
  expect(screen.getByText(/^Thought for 1\smin 1\ss$/)).toBeDefined();
  expect(screen.getByText('Reasoning')).toBeDefined();
  expect(screen.queryByText('Hm')).toBeNull();
});

test('a failed reply keeps its text and says why; retry requests the stored reply again', async () => {
  const { streams, sessions } = await startPageServer({
    onStart({ streamId }, body) {
      const { sessionId = '', messageId = '', replyId = '' } = body as ChatRequest;
      const messages = [
        { id: messageId, role: 'user', content: 'Hi', createdAt },
        { id: replyId, parentId: messageId, role: 'assistant', content: '', createdAt, streamId },
      ] as const;
      if (sessions.size === 0) sessions.set(sessionId, sessionOf(sessionId, { leafId: replyId, messages }));
    },
  });
  render(<App />);

  send('Hi');
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  const sessionId = sessionIdIn(window.location.pathname) ?? '';
  streams.streams[0]?.text('Hel').end('error', { code: 'provider-timeout', error: 'English of the server' });
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toMatch(/The model stopped responding/);
  expect((await lastReply()).getByText('Hel')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Retry' }));

  await waitFor(() => expect(streams.streams).toHaveLength(2));
  const first = streams.requests[0]?.body as ChatRequest | undefined;
  expect(streams.requests.at(-1)?.body).toMatchObject({ regenerate: first?.replyId, sessionId });
  streams.streams[1]?.text('Hello').end('stop');
  await (await lastReply()).findByText('Hello');
  expect(screen.queryByTestId('failure')).toBeNull();
});

test('a refused message is opened for another wording, which takes its place', async () => {
  const { streams } = await startPageServer({ onStart: (stream) => void stream.text('Hello').end('stop') });
  streams.plan({ refuse: { status: 413, body: { error: 'No.', code: 'too-large' } } });
  render(<App />);

  send('Much text');
  fireEvent.click(await screen.findByRole('button', { name: 'Edit the message' }));
  const editor = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Edited message' });
  expect(editor.value).toBe('Much text');
  fireEvent.change(editor, { target: { value: 'Less' } });
  fireEvent.keyDown(editor, { key: 'Enter' });

  await (await lastReply()).findByText('Hello');
  expect(screen.getAllByTestId('prompt').map(({ textContent }) => textContent)).toEqual(['Less']);
});

test('a refused sign-in leads back to it, and what was sent waits in the field', async () => {
  const page = await startPageServer();
  const refuse = { status: 401, body: { error: 'No.', code: 'unauthorized' } };
  page.streams.plan({ refuse }, { refuse });
  render(<App />);

  send('Precious words');
  await screen.findByLabelText('Link or token');
  expect(readStored(storedKeys.token)).toBeUndefined();
  expect(screen.getByRole('alert').textContent).toMatch(/What you wrote is kept/);
  fireEvent.change(screen.getByLabelText('Link or token'), { target: { value: 'dd.ee.ff' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));

  await waitFor(() => expect(field().value).toBe('Precious words'));
});

test('a reload brings the draft back', async () => {
  await startPageServer();
  const page = render(<App />);
  write('Half a thou');

  page.unmount();
  render(<App />);

  expect(field().value).toBe('Half a thou');
});

test('what is typed after the first message belongs to that conversation', async () => {
  const { sessions } = await startPageServer({ onStart: (stream) => void stream.text('Hello').end('stop') });
  const page = render(<App />);
  send('Hi');
  await (await lastReply()).findByText('Hello');
  write('And now');
  const sessionId = sessionIdIn(window.location.pathname) ?? '';
  sessions.set(sessionId, sessionOf(sessionId));

  page.unmount();
  const again = render(<App />);
  expect(field().value).toBe('And now');
  again.unmount();
  window.history.replaceState(null, '', '/');
  render(<App />);

  expect(field().value).toBe('');
});

test('a conversation opened in the middle of a reply goes on with it', async () => {
  const { streams, sessions } = await startPageServer();
  const stream = streams.addStream().text('Hello');
  const reply = {
    id: 'm2',
    parentId: 'm1',
    role: 'assistant',
    content: '',
    createdAt,
    streamId: stream.streamId,
  } as const;
  const messages = [{ id: 'm1', role: 'user', content: 'Hi', createdAt } as const, reply];
  sessions.set('c1', sessionOf('c1', { messages, leafId: 'm2', activeStreamId: stream.streamId }));
  window.history.replaceState(null, '', '/c/c1');

  render(<App />);
  const shown = await lastReply();
  await shown.findByText('Hello');
  expect(shown.getByTestId('reply-status').textContent).toBe('resumed, nothing lost');
  stream.text(' again').end('stop');

  await shown.findByText('Hello again');
  expect(screen.getAllByRole('article')).toHaveLength(2);
});

test('a conversation that cannot be loaded says so, and opens at another try', async () => {
  const page = await startPageServer();
  const messages = [{ id: 'm1', role: 'user', content: 'Hi there', createdAt } as const];
  page.sessions.set('c1', sessionOf('c1', { messages, leafId: 'm1' }));
  page.refusal = 500;
  window.history.replaceState(null, '', '/c/c1');
  render(<App />);

  const alert = await screen.findByTestId('failure');
  expect(alert.textContent).toMatch(/could not be opened/);
  page.refusal = undefined;
  fireEvent.click(within(alert).getByRole('button', { name: 'Retry' }));

  await screen.findByText('Hi there');
});

test('the list shows the conversation that was begun, leads back to it, and signing out forgets it', async () => {
  const page = await startPageServer({ onStart: (stream) => void stream.text('Hello').end('stop') });
  render(<App />);
  await page.untilFed();
  send('Hi');
  await (await lastReply()).findByText('Hello');
  const sessionId = sessionIdIn(window.location.pathname) ?? '';
  page.sessions.set(sessionId, sessionOf(sessionId, { title: 'Hi' }));
  page.tell({ type: 'session-changed', sessionId });
  const link = await screen.findByRole('link', { name: 'Hi' });
  expect(link.getAttribute('href')).toBe(window.location.pathname);
  expect(link.getAttribute('aria-current')).toBe('page');

  fireEvent.click(screen.getByRole('button', { name: 'New conversation' }));
  await screen.findByRole('heading', { name: 'A reply that is never lost' });
  fireEvent.click(screen.getByRole('link', { name: 'Hi' }));
  expect(sessionIdIn(window.location.pathname)).toBe(sessionId);
  fireEvent.click(screen.getByRole('button', { name: 'Settings' }));
  fireEvent.click(screen.getByRole('button', { name: 'Sign out' }));

  await screen.findByLabelText('Link or token');
  expect(Object.keys(localStorage)).toEqual([]);
});

test('arrows move through the list with one tab stop, F2 renames and Delete deletes, with undo', async () => {
  const page = await startPageServer();
  for (const [index, id] of ['a', 'b', 'c'].entries()) {
    page.sessions.set(id, sessionOf(id, { at: `2026-01-0${3 - index}T00:00:00Z` }));
  }
  render(<App />);
  const row = (id: string) => screen.findByRole('link', { name: `Title of ${id}` });
  const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });

  (await row('a')).focus();
  press('ArrowDown');
  expect(document.activeElement).toBe(await row('b'));
  expect(screen.getAllByRole('link').filter((link) => link.closest('li') && link.tabIndex === 0)).toHaveLength(1);
  press('End');
  expect(document.activeElement).toBe(await row('c'));
  press('F2');
  fireEvent.change(screen.getByLabelText('Title of the conversation'), { target: { value: 'New  name' } });
  press('Enter');
  await screen.findByRole('link', { name: 'New name' });
  (await row('b')).focus();
  press('Delete');
  expect(screen.queryByRole('link', { name: 'Title of b' })).toBeNull();
  expect(document.activeElement?.textContent).toBe('New name');
  fireEvent.keyDown(document.activeElement ?? document, { key: 'z', ctrlKey: true });

  await row('b');
  await waitFor(() => expect(page.requests).toContain('PATCH /api/ai-chat/sessions/c'));
  expect(page.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
});

test('the page is in French where that is chosen, including errors', async () => {
  const { streams } = await startPageServer();
  render(<App />);

  fireEvent.click(await screen.findByRole('button', { name: 'Settings' }));
  fireEvent.click(screen.getByLabelText('Français'));
  fireEvent.click(screen.getByRole('button', { name: 'Fermer' }));
  expect(document.documentElement.lang).toBe('fr');
  send('Salut');
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  streams.streams[0]?.end('error', { code: 'provider-rate-limited', error: 'The model is busy.' });

  expect((await screen.findByRole('alert')).textContent).toMatch(/Le modèle est occupé/);
  expect(screen.queryByText(/busy/)).toBeNull();
});

test('the theme is the system’s, or light, or dark', async () => {
  await startPageServer();
  render(<App />);
  const { dataset } = document.documentElement;

  fireEvent.click(await screen.findByRole('button', { name: 'Settings' }));
  expect(dataset.theme).toBeUndefined();
  fireEvent.click(screen.getByLabelText('Light'));
  expect(dataset.theme).toBe('light');
  fireEvent.click(screen.getByLabelText('Dark'));
  expect(dataset.theme).toBe('dark');
  fireEvent.click(screen.getByLabelText('System'));
  expect(dataset.theme).toBeUndefined();
});
