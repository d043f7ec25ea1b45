// The two ways to a socket, on a real server with clients that are slow, silent or gone.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { LiveStream } from '../../streams/live-stream.ts';
import { observeReading } from './sse-observable.ts';
import { SseWriter } from './sse-writer.ts';
import { StreamPump } from './stream-pump.ts';

const streamId = '01JDA5';
let letGo: (() => void)[] = [];

afterEach(() => {
  for (const release of letGo) release();
  letGo = [];
});

interface Connection {
  readonly response: ServerResponse;
  readonly live: LiveStream;
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

type Join = (response: ServerResponse, live: LiveStream, slowReaderMs: number) => void;

/** Joins a stream to a response as `POST /stream` does. */
const byWriter: Join = (response, live, slowReaderMs) => {
  const writer = new SseWriter(response, {
    streamId,
    after: 0,
    slowReaderMs,
    onReady: () => pump.ready(),
    onClose: () => pump.close(),
  });
  const pump = pumpOf(live, writer);
  writer.begin();
};

/** Joins a stream to a response as `@Sse()` does, with a pipe in place of Nest's. */
const byObservable: Join = (response, live, slowReaderMs) => {
  const reading = {
    streamId,
    after: 0,
    pumpTo: (sink: Parameters<typeof pumpOf>[1]) => pumpOf(live, sink),
    close() {},
  };
  const subscription = observeReading(reading, response, { slowReaderMs }).subscribe({
    next: ({ id, data }) => response.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`),
    complete: () => response.end(),
  });
  response.once('close', () => subscription.unsubscribe());
};

function pumpOf(live: LiveStream, sink: ConstructorParameters<typeof StreamPump>[1]): StreamPump {
  const close = live.addReader(() => pump.wake());
  const view = {
    streamId,
    get stored() {
      return live.stored;
    },
    get end() {
      return live.end;
    },
    next: (after: number) => live.next(after),
    isTorn: (after: number) => live.isTorn(after),
    close,
  };
  const pump = new StreamPump(view, sink, { after: 0, heartbeatMs: 30, maxAgeMs: 60_000 });
  return pump;
}

async function connected(join: Join, { slowReaderMs = 60_000 } = {}): Promise<Connection> {
  const live = new LiveStream();
  const server = createServer((_, response) => join(response, live, slowReaderMs));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answering = once(server, 'request');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await answering) as [unknown, ServerResponse];
  letGo.push(() => {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { response, live, socket, closed: once(response, 'close') };
}

function say(live: LiveStream, text: string): void {
  live.append({ type: 'text', text });
  live.markStored(live.appended);
}

/** Undoes `Transfer-Encoding: chunked`; no text of these tests holds a line break of its own. */
function withoutChunkSizes(text: string): string {
  return text.replace(/\r\n[0-9a-f]+\r\n/g, '').replace(/\r\n/g, '');
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe.each([
  ['SseWriter', byWriter],
  ['observeReading', byObservable],
])('%s', (_, join) => {
  test('holds no more for a reader that takes nothing, however far it lags', async () => {
    const { response, live, socket } = await connected(join);
    socket.pause();

    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      say(live, 'x'.repeat(16_384));
      await turn();
      most = Math.max(most, response.writableLength);
    }

    expect(response.writableNeedDrain).toBe(true);
    expect(most).toBeLessThan(200_000);
  });

  test.each([
    ['ASCII', 'x'],
    ['Chinese', '中'],
    ['emoji', '👍'],
  ])('goes on where it was once the reader takes more, in %s', async (_, character) => {
    const { response, live, socket } = await connected(join);
    socket.pause();
    const text = Array.from({ length: 600 }, (_, i) => `${i} ${character.repeat(16_000 / character.length)}`).join('');
    say(live, text);
    while (!response.writableNeedDrain) await turn();
    say(live, 'the last words');
    live.markEnded({ type: 'end', offset: live.appended + 1, finishReason: 'stop' });

    const pieces: string[] = [];
    socket.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
    socket.resume();
    while (!pieces.at(-1)?.endsWith('0\r\n\r\n')) await turn();

    const frames = withoutChunkSizes(pieces.join('')).match(/(?<=data: )\{.*\}/g) ?? [];
    const content = frames.map((frame) => (JSON.parse(frame) as { content?: string }).content ?? '').join('');
    expect(content === `${text}the last words`).toBe(true);
  });

  test('drops a reader whose socket took no byte for too long', async () => {
    const { response, live, socket, closed } = await connected(join, { slowReaderMs: 100 });
    socket.pause();
    say(live, 'x'.repeat(16_000_000));

    await closed;

    expect(response.writableFinished).toBe(false);
    expect(live.unread).toBeDefined();
  });

  test('keeps a reader that is only quiet, by heartbeats', async () => {
    const { response, live, socket } = await connected(join, { slowReaderMs: 80 });
    let heartbeats = 0;
    const quiet = new Promise<void>((resolve) => {
      socket.on('data', () => ++heartbeats === 8 && resolve());
    });

    await quiet;

    expect(response.destroyed).toBe(false);
    expect(live.unread).toBeUndefined();
  });

  test('lets go of the stream and takes its listeners away when the reader leaves', async () => {
    const { response, live, socket, closed } = await connected(join);
    socket.pause();
    say(live, 'x'.repeat(16_000_000));
    await turn();
    await turn();

    socket.destroy();
    await closed;
    await turn();

    expect(live.unread).toMatchObject({ wasRead: true });
    expect(response.listenerCount('drain')).toBe(0);
    expect(response.listenerCount('close')).toBe(0);
    say(live, 'more'); // wakes nobody
  });
});

test('a reader that is gone before the first byte is let go', async () => {
  const live = new LiveStream();
  const server = createServer((_, response) => {
    response.once('close', () => byWriter(response, live, 1_000));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answering = once(server, 'request');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await answering) as [unknown, ServerResponse];

  socket.destroy();
  await once(response, 'close');
  server.close();

  expect(live.unread).toMatchObject({ wasRead: true });
});

test('headers that are set already stay', async () => {
  const { response } = await connected((response, live, slowReaderMs) => {
    response.setHeader('Access-Control-Allow-Origin', 'https://app.example.com');
    byWriter(response, live, slowReaderMs);
  });

  expect(response.headersSent).toBe(true);
  expect(response.getHeader('access-control-allow-origin')).toBe('https://app.example.com');
});
