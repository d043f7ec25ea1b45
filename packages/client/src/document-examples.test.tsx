// Compiles and runs the examples of the documentation, word for word.
import { type StreamServer, startStreamServer } from '@sillage/testing';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useAIStream as useBoundStream } from './react.ts';

let server: StreamServer;
beforeEach(async () => {
  server = await startStreamServer();
});
afterEach(async () => {
  cleanup();
  vi.restoreAllMocks();
  await server.close();
});

/** Binds `useAIStream` to the test server, as an application's own hook does. */
function useAIStream(options: Parameters<typeof useBoundStream>[0]) {
  return useBoundStream({ baseUrl: server.url, ...options });
}

function HookOfTheOverview() {
  const { text, isStreaming, error, isComplete, startStream, stopStream, reset } = useAIStream({
    onChunk: (chunk) => console.log('Chunk:', chunk),
    onComplete: (fullText) => console.log('Complete:', fullText),
    onError: (error) => console.error('Error:', error),
  });
  return (
    <pre>
      {JSON.stringify([text, isStreaming, error, isComplete, typeof startStream, typeof stopStream, typeof reset])}
    </pre>
  );
}

// biome-ignore-start lint/a11y/useButtonType: as documented
function ChatComponent() {
  const { text, isStreaming, error, startStream, stopStream } = useAIStream({
    onChunk: (chunk) => {
      console.log('Received chunk:', chunk);
    },
    onComplete: (fullText) => {
      console.log('Streaming complete:', fullText);
    },
    onError: (error) => {
      console.error('Streaming error:', error);
    },
  });

  const handleSend = () => {
    startStream({
      message: 'Hello, AI!',
      history: [],
      sessionId: 'session-123',
    });
  };

  return (
    <div>
      <div>{text}</div>
      {isStreaming && <div>Streaming...</div>}
      {error && <div>Error: {error}</div>}
      <button onClick={handleSend}>Send</button>
      <button onClick={stopStream}>Stop</button>
    </div>
  );
}
// biome-ignore-end lint/a11y/useButtonType: as documented

function StreamingChat() {
  const [messages, setMessages] = useState<Array<{ role: string; content: string }>>([]);
  const { text, isStreaming, startStream, reset } = useAIStream({
    onComplete: (fullText) => {
      setMessages((prev) => [...prev, { role: 'assistant', content: fullText }]);
      reset();
    },
  });

  const sendMessage = (message: string) => {
    setMessages((prev) => [...prev, { role: 'user', content: message }]);
    startStream({
      message,
      history: messages,
    });
  };

  return (
    <div>
      {messages.map((msg, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as documented
        <div key={i}>
          {msg.role}: {msg.content}
        </div>
      ))}
      {isStreaming && <div>AI: {text}</div>}
      <input
        onKeyPress={(e) => {
          if (e.key === 'Enter') {
            sendMessage(e.currentTarget.value);
            e.currentTarget.value = '';
          }
        }}
      />
    </div>
  );
}

function say(message: string) {
  const input = screen.getByRole('textbox');
  fireEvent.change(input, { target: { value: message } });
  fireEvent.keyPress(input, { key: 'Enter', charCode: 13 });
}

test('the hook of the overview gives what is documented', () => {
  const { container } = render(<HookOfTheOverview />);

  expect(JSON.parse(container.textContent)).toEqual(['', false, null, false, 'function', 'function', 'function']);
});

test('the complete component sends, grows, shows that it streams, and logs', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  render(<ChatComponent />);

  fireEvent.click(screen.getByText('Send'));
  expect(screen.getByText('Streaming...')).toBeTruthy();
  await server.untilRequests(1);
  server.streams[0]?.text('Hello');
  await screen.findByText('Hello');
  server.streams[0]?.text(' world').end();
  await screen.findByText('Hello world');
  await waitFor(() => expect(screen.queryByText('Streaming...')).toBeNull());

  expect(server.requests[0]?.body).toEqual({ message: 'Hello, AI!', history: [], sessionId: 'session-123' });
  expect(log).toHaveBeenCalledWith('Received chunk:', 'Hello');
  expect(log).toHaveBeenLastCalledWith('Streaming complete:', 'Hello world');
});

test('the complete component stops by its button, and shows an error', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(console, 'log').mockImplementation(() => {});
  render(<ChatComponent />);

  fireEvent.click(screen.getByText('Send'));
  await server.untilRequests(1);
  fireEvent.click(screen.getByText('Stop'));
  await waitFor(() => expect(screen.queryByText('Streaming...')).toBeNull());
  expect(server.streams[0]?.finishReason).toBe('stopped');

  server.plan({ refuse: { status: 403, body: { error: 'Not yours.', code: 'forbidden' } } });
  fireEvent.click(screen.getByText('Send'));
  await screen.findByText('Error: Not yours.');
  expect(error).toHaveBeenCalledWith('Streaming error:', 'Not yours.');
});

test('the chat keeps each reply as a message and sends what came before as history', async () => {
  render(<StreamingChat />);

  say('One?');
  await server.untilRequests(1);
  server.streams[0]?.text('Two');
  await screen.findByText('AI: Two');
  server.streams[0]?.end();
  await screen.findByText('assistant: Two');
  expect(screen.queryByText(/^AI:/)).toBeNull();

  say('Three?');
  await server.untilRequests(2);
  server.streams[1]?.text('Four').end();
  await screen.findByText('assistant: Four');

  expect(server.requests[1]?.body).toEqual({
    message: 'Three?',
    history: [
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Two' },
    ],
  });
  expect(screen.getAllByText(/^(user|assistant):/).map((node) => node.textContent)).toEqual([
    'user: One?',
    'assistant: Two',
    'user: Three?',
    'assistant: Four',
  ]);
});
