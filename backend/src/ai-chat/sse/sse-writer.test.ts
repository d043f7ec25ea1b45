// Both ways to write a stream to a socket, on a real server with slow, idle or disconnected clients.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { LiveStream } from '../../streams/live-stream.ts';
import { SillageEncoder } from './encoders/sillage-encoder.ts';
import { observeRead } from './sse-observable.ts';
import { SseWriter } from './sse-writer.ts';
import { StreamPump } from './stream-pump.ts';

const streamId = '01JDA5';
let releases: (() => void)[] = [];

afterEach(() => {
  for (const release of releases) release();
  releases = [];
});

interface Connection {
  readonly response: ServerResponse;
  readonly live: LiveStream;
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

type Connect = (response: ServerResponse, live: LiveStream, slowReaderMs: number) => void;

/** Connects a stream to a response as `POST /stream` does. */
const byWriter: Connect = (response, live, slowReaderMs) => {
  const writer = new SseWriter(response, {
    encoder: new SillageEncoder({ streamId, after: 0 }),
    slowReaderMs,
    onReady: () => pump.ready(),
    onClose: () => pump.close(),
  });
  const pump = pumpOf(live, writer);
  writer.begin();
};

/** Connects a stream to a response as `@Sse()` does, with a subscription in place of Nest's. */
const byObservable: Connect = (response, live, slowReaderMs) => {
  const read = {
    streamId,
    after: 0,
    pumpTo: (sink: Parameters<typeof pumpOf>[1]) => pumpOf(live, sink),
    close() {},
  };
  const subscription = observeRead(read, response, { slowReaderMs }).subscribe({ complete: () => response.end() });
  setTimeout(() => response.flushHeaders(), 0); // as late as Nest sends them
  response.once('close', () => subscription.unsubscribe());
};

function pumpOf(live: LiveStream, sink: ConstructorParameters<typeof StreamPump>[1]): StreamPump {
  const view = live.open(() => pump.notify());
  const pump = new StreamPump(view, sink, { after: 0, heartbeatMs: 30, maxAgeMs: 60_000 });
  return pump;
}

async function connected(connectStream: Connect, { slowReaderMs = 60_000 } = {}): Promise<Connection> {
  const live = new LiveStream();
  const server = createServer((_, response) => connectStream(response, live, slowReaderMs));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const requested = once(server, 'request');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await requested) as [unknown, ServerResponse];
  releases.push(() => {
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

/** Removes the framing of `Transfer-Encoding: chunked`; the texts of these tests contain no line breaks. */
function withoutChunkSizes(text: string): string {
  return text.replace(/\r\n[0-9a-f]+\r\n/g, '').replace(/\r\n/g, '');
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe.each([
  ['SseWriter', byWriter],
  ['observeRead', byObservable],
])('%s', (_, connectStream) => {
  test('buffers a bounded amount for a reader that accepts no data', async () => {
    const { response, live, socket } = await connected(connectStream);
    socket.pause();

    let longest = 0;
    for (let i = 0; i < 2_000; i++) {
      say(live, 'x'.repeat(16_384));
      await tick();
      longest = Math.max(longest, response.writableLength);
    }

    expect(response.writableNeedDrain).toBe(true);
    expect(longest).toBeLessThan(200_000);
  });

  test.each([
    ['ASCII', 'x'],
    ['Chinese', '中'],
    ['emoji', '👍'],
  ])('continues without loss once the reader accepts data again, in %s', async (_, character) => {
    const { response, live, socket } = await connected(connectStream);
    socket.pause();
    const text = Array.from({ length: 600 }, (_, i) => `${i} ${character.repeat(16_000 / character.length)}`).join('');
    say(live, text);
    while (!response.writableNeedDrain) await tick();
    say(live, 'the last words');
    live.markEnded({ type: 'end', offset: live.appended + 1, finishReason: 'stop' });

    const pieces: string[] = [];
    socket.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
    socket.resume();
    while (!pieces.at(-1)?.endsWith('0\r\n\r\n')) await tick();

    const frames = withoutChunkSizes(pieces.join('')).match(/(?<=data: )\{.*\}/g) ?? [];
    const content = frames.map((frame) => (JSON.parse(frame) as { content?: string }).content ?? '').join('');
    expect(content === `${text}the last words`).toBe(true);
  });

  test('closes the connection of a reader whose socket accepts no byte for too long', async () => {
    const { response, live, socket, closed } = await connected(connectStream, { slowReaderMs: 100 });
    socket.pause();
    say(live, 'x'.repeat(16_000_000));

    await closed;

    expect(response.writableFinished).toBe(false);
    expect(live.unread).toBeDefined();
  });

  test('keeps an idle connection open by heartbeats', async () => {
    const { response, live, socket } = await connected(connectStream, { slowReaderMs: 80 });
    let heartbeats = 0;
    const heartbeatsReceived = new Promise<void>((resolve) => {
      socket.on('data', () => ++heartbeats === 8 && resolve());
    });

    await heartbeatsReceived;

    expect(response.destroyed).toBe(false);
    expect(live.unread).toBeUndefined();
  });

  test('releases the stream and removes its listeners when the reader disconnects', async () => {
    const { response, live, socket, closed } = await connected(connectStream);
    socket.pause();
    say(live, 'x'.repeat(16_000_000));
    await tick();
    await tick();

    socket.destroy();
    await closed;
    await tick();

    expect(live.unread).toMatchObject({ wasRead: true });
    expect(response.listenerCount('drain')).toBe(0);
    expect(response.listenerCount('close')).toBe(0);
    say(live, 'more'); // notifies no reader
  });
});

test('a reader that disconnects before the first byte is released', async () => {
  const live = new LiveStream();
  const server = createServer((_, response) => {
    response.once('close', () => byWriter(response, live, 1_000));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const requested = once(server, 'request');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await requested) as [unknown, ServerResponse];

  socket.destroy();
  await once(response, 'close');
  server.close();

  expect(live.unread).toMatchObject({ wasRead: true });
});

test('headers that are already set stay', async () => {
  const { response } = await connected((response, live, slowReaderMs) => {
    response.setHeader('Access-Control-Allow-Origin', 'https://app.example.com');
    byWriter(response, live, slowReaderMs);
  });

  expect(response.headersSent).toBe(true);
  expect(response.getHeader('access-control-allow-origin')).toBe('https://app.example.com');
});
