// The stream hook in a real component tree, against a real server.
import { type StreamServer, startStreamServer } from '@sillage/testing';
import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react';
import { StrictMode, useEffect } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AIStreamOptions, useAIStream } from './react.ts';

const timings = { tickMs: 5, backoffMs: 1, backoffMaxMs: 4, stopEndMs: 50 };
let server: StreamServer;
beforeEach(async () => {
  server = await startStreamServer({ onStart: (one) => one.text('Hello') });
});
afterEach(async () => {
  cleanup();
  vi.restoreAllMocks();
  await server.close();
});

function renderStream(options: AIStreamOptions = {}) {
  return renderHook((props: AIStreamOptions) => useAIStream({ baseUrl: server.url, timings, ...props }), {
    initialProps: options,
  });
}

test('a reply grows and ends, and a stopped one is neither complete nor an error', async () => {
  const { result } = renderStream();
  expect(result.current).toMatchObject({ text: '', isStreaming: false, error: null, isComplete: false });

  act(() => result.current.startStream({ message: 'Hi', history: [], sessionId: 's' }));
  expect(result.current.isStreaming).toBe(true);
  await waitFor(() => expect(result.current.text).toBe('Hello'));
  act(() => void server.streams[0]?.text(' world').end());
  await waitFor(() => expect(result.current.isComplete).toBe(true));
  expect(result.current).toMatchObject({ text: 'Hello world', isStreaming: false, error: null });

  act(() => result.current.startStream({ message: 'Again' }));
  expect(result.current).toMatchObject({ text: '', isComplete: false });
  await waitFor(() => expect(result.current.text).toBe('Hello'));
  await act(() => result.current.stopStream());
  expect(result.current).toMatchObject({ text: 'Hello', isStreaming: false, isComplete: false, error: null });
  expect(result.current.state.finishReason).toBe('stopped');

  act(() => result.current.reset());
  expect(result.current).toMatchObject({ text: '', isComplete: false, error: null });
});

test('an error is shown until a new start or a reset', async () => {
  server.plan({ refuse: { status: 403, body: { error: 'Not yours.', code: 'forbidden' } } });
  const { result } = renderStream();

  act(() => result.current.startStream({ message: 'Hi' }));
  await waitFor(() => expect(result.current.error).toBe('Not yours.'));
  act(() => result.current.startStream({ message: 'Hi' }));

  expect(result.current.error).toBeNull();
});

test('an existing stream is read from its start', async () => {
  const { result } = renderStream();
  const written = server.addStream().text('Earlier').end();

  act(() => result.current.resumeStream(written.streamId));
  await waitFor(() => expect(result.current.isComplete).toBe(true));

  expect(result.current.text).toBe('Earlier');
});

test('the callbacks of the latest render are called', async () => {
  const heard: string[] = [];
  const { result, rerender } = renderStream({ onComplete: () => heard.push('first') });
  act(() => result.current.startStream({ message: 'Hi' }));
  await waitFor(() => expect(result.current.text).toBe('Hello'));

  rerender({ onComplete: () => heard.push('second') });
  act(() => void server.streams[0]?.end());
  await waitFor(() => expect(result.current.isComplete).toBe(true));

  expect(heard).toEqual(['second']);
});

test('the functions stay the same from render to render', () => {
  const { result, rerender } = renderStream();
  const { startStream, stopStream, reset, resumeStream } = result.current;

  rerender({ onChunk: () => {} });

  expect(result.current).toMatchObject({ startStream, stopStream, reset, resumeStream });
});

test('on unmount a stream without a sessionId is stopped', async () => {
  const { result, unmount } = renderStream();
  act(() => result.current.startStream({ message: 'Hi' }));
  await waitFor(() => expect(result.current.text).toBe('Hello'));

  unmount();
  await server.untilRequests(2);

  expect(server.requests[1]?.path).toMatch(/stop$/);
  await waitFor(() => expect(server.openConnections()).toBe(0));
});

test('on unmount a stream with a sessionId is left to go on', async () => {
  const { result, unmount } = renderStream();
  act(() => result.current.startStream({ message: 'Hi', sessionId: 's' }));
  await waitFor(() => expect(result.current.text).toBe('Hello'));

  unmount();
  await waitFor(() => expect(server.openConnections()).toBe(0));

  expect(server.requests).toHaveLength(1);
  expect(server.streams[0]?.isEnded).toBe(false);
});

test('StrictMode stops nothing and starts nothing twice', async () => {
  function Greeting() {
    const { text, startStream, isComplete } = useAIStream({ baseUrl: server.url, timings });
    useEffect(() => startStream({ message: 'Hi' }), [startStream]);
    return <p>{isComplete ? `${text}!` : text}</p>;
  }

  render(
    <StrictMode>
      <Greeting />
    </StrictMode>,
  );
  await screen.findByText('Hello');
  act(() => void server.streams[0]?.end());
  await screen.findByText('Hello!');

  expect(server.requests.map(({ path }) => path)).toEqual(['/api/ai-chat/stream']);
});

test('a server renders the initial state', () => {
  function Greeting() {
    const { text, isStreaming } = useAIStream();
    return <p>{isStreaming ? 'streaming' : `text: ${text}`}</p>;
  }

  expect(renderToString(<Greeting />)).toContain('text: ');
});

test('however many reads come within two frames, there is one render', async () => {
  let renders = 0;
  let onChunk = () => {};
  const options = { baseUrl: server.url, timings, onChunk: () => onChunk() };
  const { result } = renderHook(() => {
    renders++;
    return useAIStream(options);
  });
  const read = () => new Promise<void>((resolve) => (onChunk = resolve));
  const first = read();
  act(() => result.current.startStream({ message: 'Hi', sessionId: 's' }));
  await first;
  await waitFor(() => expect(result.current.text).toBe('Hello'));
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
  expect(result.current.text).toBe(`Hello${'.'.repeat(20)}`);
});
