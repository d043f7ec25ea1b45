// The components of the user's document, verbatim, as they define the contract.
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { useAIStream } from '@/hooks/useAIStream';
import { storedKeys, writeStored } from '../browser/stored.ts';
import { startPageServer } from '../testing/page-server.ts';

// biome-ignore format: as the document has it
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
      {/* biome-ignore lint/a11y/useButtonType: the document's */}
      <button onClick={handleSend}>Send</button>
      {/* biome-ignore lint/a11y/useButtonType: the document's */}
      <button onClick={stopStream}>Stop</button>
    </div>
  );
}

// biome-ignore format: as the document has it
function StreamingChat() {
  const [messages, setMessages] = useState<Array<{role: string, content: string}>>([]);
  const { text, isStreaming, startStream, reset } = useAIStream({
    onComplete: (fullText) => {
      setMessages(prev => [...prev, { role: 'assistant', content: fullText }]);
      reset();
    },
  });

  const sendMessage = (message: string) => {
    setMessages(prev => [...prev, { role: 'user', content: message }]);
    startStream({
      message,
      history: messages,
    });
  };

  return (
    <div>
      {messages.map((msg, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the document's
        <div key={i}>{msg.role}: {msg.content}</div>
      ))}
      {isStreaming && <div>AI: {text}</div>}
      <input onKeyPress={(e) => {
        if (e.key === 'Enter') {
          sendMessage(e.currentTarget.value);
          e.currentTarget.value = '';
        }
      }} />
    </div>
  );
}

function UseOfEveryProperty() {
  const { text, isStreaming, error, isComplete, startStream, stopStream, reset } = useAIStream({
    onChunk: (chunk) => console.log('Chunk:', chunk),
    onComplete: (fullText) => console.log('Complete:', fullText),
    onError: (error) => console.error('Error:', error),
  });

  const shown = `${text}|${isStreaming}|${error}|${isComplete}`;
  return (
    <>
      <output>{shown}</output>
      <button type="button" onClick={() => startStream({ message: 'Hello, AI!' })}>
        Start
      </button>
      <button type="button" onClick={stopStream}>
        Stop
      </button>
      <button type="button" onClick={reset}>
        Reset
      </button>
    </>
  );
}

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.restoreAllMocks();
});

function hearConsole() {
  return {
    log: vi.spyOn(console, 'log').mockImplementation(() => {}),
    error: vi.spyOn(console, 'error').mockImplementation(() => {}),
  };
}

test('the document’s ChatComponent shows a reply as it comes, and tells every chunk and the whole', async () => {
  const heard = hearConsole();
  const { streams } = await startPageServer();
  writeStored(storedKeys.token, 'a.b.c');
  render(<ChatComponent />);

  fireEvent.click(screen.getByText('Send'));
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  streams.streams[0]?.text('Hello');
  await screen.findByText('Hello');
  expect(screen.getByText('Streaming...')).toBeDefined();
  streams.streams[0]?.text(' world');
  streams.streams[0]?.end('stop');

  await waitFor(() => expect(heard.log).toHaveBeenCalledWith('Streaming complete:', 'Hello world'));
  expect(
    heard.log.mock.calls
      .filter(([what]) => what === 'Received chunk:')
      .map(([, chunk]) => chunk)
      .join(''),
  ).toBe('Hello world');
  await waitFor(() => expect(screen.queryByText('Streaming...')).toBeNull());
  expect(streams.requests[0]).toMatchObject({
    path: '/api/ai-chat/stream',
    headers: { authorization: 'Bearer a.b.c' },
    body: { message: 'Hello, AI!', history: [], sessionId: 'session-123' },
  });
});

test('the document’s ChatComponent stops the reply on the server and keeps its text', async () => {
  hearConsole();
  const { streams } = await startPageServer({ onStart: (stream) => stream.text('Hello') });
  render(<ChatComponent />);

  fireEvent.click(screen.getByText('Send'));
  await screen.findByText('Hello');
  fireEvent.click(screen.getByText('Stop'));

  await waitFor(() => expect(screen.queryByText('Streaming...')).toBeNull());
  expect(screen.getByText('Hello')).toBeDefined();
  expect(screen.queryByText(/^Error/)).toBeNull();
  expect(streams.requests.at(-1)?.path).toMatch(/\/stop$/);
});

test('the document’s ChatComponent shows what went wrong and keeps the text that came', async () => {
  const heard = hearConsole();
  await startPageServer({
    onStart(stream) {
      stream.text('Hello');
      stream.end('error', { code: 'provider-timeout', error: 'Try again.' });
    },
  });
  render(<ChatComponent />);

  fireEvent.click(screen.getByText('Send'));

  await screen.findByText('Error: Try again.');
  expect(screen.getByText('Hello')).toBeDefined();
  expect(heard.error).toHaveBeenCalledWith('Streaming error:', 'Try again.');
});

test('the document’s StreamingChat sends the turns before as history', async () => {
  const replies = ['Hello you', 'Fine'];
  const { streams } = await startPageServer({
    onStart(stream) {
      stream.text(replies.shift() ?? '');
      stream.end('stop');
    },
  });
  render(<StreamingChat />);
  const input = screen.getByRole('textbox');
  const write = (value: string) => {
    fireEvent.change(input, { target: { value } });
    fireEvent.keyPress(input, { key: 'Enter', charCode: 13 });
  };

  write('Hello');
  await screen.findByText('assistant: Hello you');
  write('How are you?');
  await screen.findByText('assistant: Fine');

  expect(screen.getByText('user: How are you?')).toBeDefined();
  expect(screen.queryByText(/^AI:/)).toBeNull();
  expect(streams.requests[1]?.body).toEqual({
    message: 'How are you?',
    history: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello you' },
    ],
  });
});

test('every property of the document is there and means what it says', async () => {
  hearConsole();
  const { streams } = await startPageServer();
  render(<UseOfEveryProperty />);
  const shown = screen.getByRole('status');
  expect(shown.textContent).toBe('|false|null|false');

  fireEvent.click(screen.getByText('Start'));
  await waitFor(() => expect(streams.streams).toHaveLength(1));
  streams.streams[0]?.text('Hi');
  await waitFor(() => expect(shown.textContent).toBe('Hi|true|null|false'));
  streams.streams[0]?.end('stop');
  await waitFor(() => expect(shown.textContent).toBe('Hi|false|null|true'));
  fireEvent.click(screen.getByText('Reset'));

  await waitFor(() => expect(shown.textContent).toBe('|false|null|false'));
});
