// What every SSE connection of the client does, whether it reads a stream or the feed, on a real server.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { followFeed } from '../feed/feed-connection.ts';
import { readStream } from '../stream/read-stream.ts';
import { clientContextOf } from './client-context.ts';

const timings = { tickMs: 2, backoffMs: 1, backoffMaxMs: 4, silenceMs: 45_000 };

/** The blocks that one reader gets at each of its connections; `undefined` keeps a connection open and silent. */
type Script = ReadonlyArray<readonly string[]>;

/** A server that answers each connection with its part of the script, and never ends one by itself. */
async function serve(script: Script) {
  const asked: Array<string | undefined> = [];
  const tokens: Array<string | undefined> = [];
  const open: ServerResponse[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    tokens.push(request.headers.authorization);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    open.push(response);
    for (const block of script[asked.length - 1] ?? []) response.write(block);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, tokens, open };
}

interface ReaderOptions {
  readonly now?: () => number;
  readonly getToken?: (request: { refresh: boolean }) => Promise<string>;
}

const readers = {
  stream: (baseUrl: string, options: ReaderOptions, signal: AbortSignal) =>
    readStream(
      'S',
      clientContextOf(() => ({ baseUrl, ...options, timings })),
      signal,
    ),
  feed: (baseUrl: string, options: ReaderOptions, signal: AbortSignal) =>
    followFeed({ baseUrl, ...options, timings }, undefined, signal),
};

const notice = 'event: auth-expiring\ndata: {"content":"","done":false,"expiresAt":"2026-11-29T08:00:00.000Z"}\n\n';

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
  async function readUntil(
    url: string,
    holds: (read: string) => boolean,
    options: ReaderOptions = {},
  ): Promise<string> {
    const over = new AbortController();
    let read = '';
    for await (const item of readers[kind](url, options, over.signal)) {
      read += JSON.stringify(item);
      if (holds(read)) over.abort();
    }
    return read;
  }

  test('joins data of several lines', async () => {
    const { url } = await serve([[first]]);

    expect(await readUntil(url, (read) => read.includes('好'))).toContain('好😀');
  });

  test('whose token expires soon is replaced at once by one with a fresh token, after the last id', async () => {
    const { url, asked, tokens } = await serve([[first + notice], [second]]);
    let token = 'old';
    const getToken = async ({ refresh }: { refresh: boolean }) => {
      if (refresh) token = 'new';
      return token;
    };

    const read = await readUntil(url, () => asked.length === 2, { getToken });

    expect(asked).toEqual(ids[kind]);
    expect(tokens).toEqual(['Bearer old', 'Bearer new']);
    expect(read).not.toMatch(/lost|reconnecting/);
  });

  test('whose token expires soon goes on where there is no fresh one', async () => {
    const { url, asked } = await serve([[first, notice, second]]);
    const refreshes: boolean[] = [];
    const getToken = async ({ refresh }: { refresh: boolean }) => {
      refreshes.push(refresh);
      return 'the same';
    };

    const read = await readUntil(url, (all) => all.includes(kind === 'stream' ? '"!"' : '"b"'), { getToken });

    expect(read).not.toMatch(/lost|reconnecting/);
    expect(asked).toHaveLength(1);
    expect(refreshes).toContain(true);
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
      { now },
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
      { now },
    );

    expect(asked).toEqual(ids[kind]);
  });
});
