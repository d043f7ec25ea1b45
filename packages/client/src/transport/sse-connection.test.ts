// What every SSE connection of the client does, whether it reads a stream or the feed, on a real server.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { followFeed } from '../feed/feed-connection.ts';
import { clientContextOf, readStream } from '../stream/read-stream.ts';

const timings = { tickMs: 2, backoffMs: 1, backoffMaxMs: 4, silenceMs: 45_000 };

/** The blocks that one reader gets at each of its connections; `undefined` keeps a connection open and silent. */
type Script = ReadonlyArray<readonly string[]>;

/** A server that answers each connection with its part of the script, and never ends one by itself. */
async function serve(script: Script) {
  const asked: Array<string | undefined> = [];
  const open: ServerResponse[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    open.push(response);
    for (const block of script[asked.length - 1] ?? []) response.write(block);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, open };
}

const readers = {
  stream: (baseUrl: string, now: () => number, signal: AbortSignal) =>
    readStream('S', { ...clientContextOf(() => ({ baseUrl, now, timings })), signal }),
  feed: (baseUrl: string, now: () => number, signal: AbortSignal) =>
    followFeed({ baseUrl, now, timings }, undefined, signal),
};

const blocks = {
  stream: ['id: S/3\ndata: {"content":\ndata: "好😀"}\n\n', 'id: S/4\ndata: {"content":"!"}\n\n'],
  feed: [
    'id: 1\ndata: {"type":"session-changed",\ndata: "sessionId":"好😀"}\n\n',
    'id: 2\ndata: {"type":"session-changed","sessionId":"b"}\n\n',
  ],
};
const ids = { stream: ['S/0', 'S/3'], feed: [undefined, '1'] };

describe.each(['stream', 'feed'] as const)('a connection of the %s', (kind) => {
  const [first = '', second = ''] = blocks[kind];

  /** Reads until `holds` of all that was yielded, in JSON. */
  async function readUntil(url: string, holds: (read: string) => boolean, now = Date.now): Promise<string> {
    const over = new AbortController();
    let read = '';
    for await (const item of readers[kind](url, now, over.signal)) {
      read += JSON.stringify(item);
      if (holds(read)) over.abort();
    }
    return read;
  }

  test('joins data of several lines', async () => {
    const { url } = await serve([[first]]);

    expect(await readUntil(url, (read) => read.includes('好'))).toContain('好😀');
  });

  test('that stalls for too long is closed, and resumed after the last id', async () => {
    let slept = 0;
    const { url, asked } = await serve([[first], [second]]);
    const now = () => Date.now() + slept;

    await readUntil(
      url,
      (read) => {
        if (read.includes('好')) setTimeout(() => (slept = 3_600_000), 20); // while the connection waits for more
        return asked.length === 2;
      },
      now,
    );

    expect(asked).toEqual(ids[kind]);
  });

  test('that stalls after the clock was set back an hour is closed in time all the same', async () => {
    const offsets = [0, -3_600_000, -3_600_000 + timings.silenceMs + 1_000];
    let offset = 0;
    const { url, asked } = await serve([[first], [second]]);
    const now = () => Date.now() + offset;

    await readUntil(
      url,
      (read) => {
        if (offset === 0 && read.includes('好')) {
          const timer = setInterval(() => {
            offset = offsets.shift() ?? offset;
            if (offsets.length === 0) clearInterval(timer);
          }, 20);
        }
        return asked.length === 2;
      },
      now,
    );

    expect(asked).toEqual(ids[kind]);
  });
});
