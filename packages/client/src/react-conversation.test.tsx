// The conversation hooks in a real component tree, against a real server.
import { type ConversationServer, startConversationServer } from '@sillage/testing';
import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFeed, type Feed } from './feed/feed.ts';
import { type UseConversationOptions, useConversation, useFeed } from './react.ts';

const timings = { tickMs: 5, backoffMs: 1, backoffMaxMs: 4, stopEndMs: 50 };
let server: ConversationServer;
let feed: Feed;
beforeEach(async () => {
  server = await startConversationServer();
  feed = createFeed({ baseUrl: server.url, timings, locks: null });
});
afterEach(async () => {
  cleanup();
  vi.restoreAllMocks();
  feed.close();
  await server.close();
});

function renderConversation(options: UseConversationOptions = {}) {
  return renderHook(
    ({ sessionId, ...more }: UseConversationOptions & { sessionId: string }) =>
      useConversation(sessionId, { baseUrl: server.url, timings, feed, ...more }),
    { initialProps: { sessionId: 'a', ...options } },
  );
}

test('a conversation loads, a message appears at once, and its reply grows to its end', async () => {
  server.startElsewhere({ sessionId: 'a', message: 'one' }).text('Re: one').end();
  const { result } = renderConversation();
  expect(result.current).toMatchObject({ status: 'loading', messages: [] });
  await waitFor(() => expect(result.current.messages).toHaveLength(2));

  act(() => result.current.send('two'));
  expect(result.current.messages.map(({ content }) => content)).toEqual(['one', 'Re: one', 'two', '']);
  await waitFor(() => expect(server.streams).toHaveLength(2));
  act(() => void server.streams[1]?.text('Hello'));
  await waitFor(() => expect(result.current.messages[3]?.content).toBe('Hello'));
  act(() => void server.streams[1]?.end());

  await waitFor(() => expect(result.current).toMatchObject({ isStreaming: false, status: 'ready' }));
});

test('another session is another conversation, and the functions stay the same while the session does', async () => {
  server.startElsewhere({ sessionId: 'a', message: 'in a' }).text('!').end();
  server.startElsewhere({ sessionId: 'b', message: 'in b' }).text('!').end();
  const { result, rerender } = renderConversation();
  await waitFor(() => expect(result.current.messages[0]?.content).toBe('in a'));
  const { send, conversation } = result.current;

  rerender({ sessionId: 'a', model: 'another' });
  expect(result.current).toMatchObject({ send, conversation });
  rerender({ sessionId: 'b' });

  expect(result.current).toMatchObject({ sessionId: 'b', messages: [] });
  await waitFor(() => expect(result.current.messages[0]?.content).toBe('in b'));
});

test('the options of the latest render are sent', async () => {
  const { result, rerender } = renderConversation({ model: 'first' });
  await waitFor(() => expect(result.current.status).toBe('ready'));

  rerender({ sessionId: 'a', model: 'second', temperature: 0.5 });
  act(() => result.current.send('Hi'));
  await waitFor(() => expect(server.streams).toHaveLength(1));

  const [messageId, replyId] = result.current.messages.map(({ id }) => id);
  const ids = { sessionId: 'a', messageId, replyId };
  expect(server.requests[0]?.body).toEqual({ message: 'Hi', ...ids, model: 'second', temperature: 0.5 });
});

test('on unmount a reply is left to go on, and nothing is read any more', async () => {
  const { result, unmount } = renderConversation({ isNew: true });
  act(() => result.current.send('Hi'));
  await waitFor(() => expect(result.current.messages[1]?.isStored).toBe(true));

  unmount();
  await waitFor(() => expect(server.openConnections()).toBe(0)); // nor the feed, which has no other listener

  expect(server.streams[0]?.isEnded).toBe(false);
});

test('StrictMode shows and follows a conversation as any other', async () => {
  server.startElsewhere({ sessionId: 'a', message: 'one' }).text('Re: one').end();
  function Thread() {
    const { messages } = useConversation('a', { baseUrl: server.url, timings, feed });
    return <p>{messages.map(({ content }) => content).join(' | ')}</p>;
  }

  render(
    <StrictMode>
      <Thread />
    </StrictMode>,
  );
  await screen.findByText('one | Re: one');
  act(() => void server.startElsewhere({ sessionId: 'a', message: 'two' }).text('Re: two'));

  await screen.findByText('one | Re: one | two | Re: two');
});

test('a server renders the loading state', () => {
  function Thread() {
    return <p>{useConversation('a').status}</p>;
  }

  expect(renderToString(<Thread />)).toContain('loading');
});

test('however many reads come within two frames, there is one render', async () => {
  let onChunk = () => {};
  let renders = 0;
  const options = { baseUrl: server.url, timings, feed, isNew: true, onChunk: () => onChunk() };
  const { result } = renderHook(() => {
    renders++;
    return useConversation('a', options);
  });
  act(() => result.current.send('Hi'));
  await waitFor(() => expect(result.current.messages[1]?.isStored).toBe(true));
  const read = () => new Promise<void>((resolve) => (onChunk = resolve));
  const first = read();
  server.streams[0]?.text('Hello');
  await first;
  await waitFor(() => expect(result.current.messages[1]?.content).toBe('Hello'));
  const before = renders;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }); // the next frame comes when the test says so

  for (let count = 0; count < 20; count++) {
    const next = read();
    server.streams[0]?.text('.');
    await next;
  }
  const whileReading = renders - before;
  act(() => void vi.advanceTimersByTime(33));
  vi.useRealTimers();

  expect([whileReading, renders - before]).toEqual([0, 1]);
  expect(result.current.messages[1]?.content).toBe(`Hello${'.'.repeat(20)}`);
});

test('the state of the feed is shown', async () => {
  const { result } = renderHook(() => useFeed(feed));
  expect(result.current.connection).toBe('connecting');

  await waitFor(() => expect(result.current).toEqual({ connection: 'live', isLeader: true }));
});
