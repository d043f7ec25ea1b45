// Memory of readers: slow readers hold no queue and do not delay others, and disconnected readers leave no memory, handle or
// listener.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, routes, type StreamId } from '@sillage/protocol';
import { type ProviderScript, providerChunk, providerScripts, shortOrFull } from '@sillage/testing';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSameText, type Fixture, openFixture, PlainReader } from './fixture/fixture.ts';
import { liveMemoryEnv, readLiveMb } from './fixture/live-memory.ts';
import { openHandles } from './fixture/process-figures.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ env: { ai_max_reply: '20000000', ...liveMemoryEnv } });
});
afterAll(() => fixture[Symbol.asyncDispose]());

// The loopback buffers hold 5 MB per connection, so a queue in the server shows only in a longer reply.
const deltas = Array.from({ length: 2_100 }, (_, index) => `${index} é👩 `.padEnd(4_000, 'lorem ipsum '));
const fullText = deltas.join('');

/** A reply of 8 MB that takes several seconds; `sent` resolves when the provider has sent all of it. */
function longReply(): { script: ProviderScript; sent: Promise<void> } {
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const script: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of deltas) {
      response.write(providerChunk({ content }));
      await delay(1);
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => resolve());
  };
  return { script, sent };
}

/** Reads a stream at 64 KB/s until `text` is called. */
class SlowReader {
  readonly #socket: Socket;
  #received = '';
  #timer: NodeJS.Timeout | undefined;
  bytes = 0;

  constructor(streamId: StreamId, { server, headers }: Fixture) {
    this.#socket = connect(server.port, '127.0.0.1');
    this.#socket.setEncoding('latin1').pause();
    const head = `GET ${routes.streamById(streamId)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    this.#socket.write(`${head}authorization: ${headers.authorization}\r\n\r\n`);
    this.#timer = setInterval(() => this.#take(this.#socket.read(6_554) ?? this.#socket.read()), 100);
  }

  /** Reads the rest without a limit, and returns the whole text. */
  async text(): Promise<string> {
    clearInterval(this.#timer);
    const ended = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.on('data', (text) => this.#take(String(text))).resume();
    await ended;
    return textOf(this.#received);
  }

  #take(text: string | null): void {
    this.#received += text ?? '';
    this.bytes += text?.length ?? 0;
  }
}

/** Extracts the reply's text from a raw chunked HTTP/1.1 response in latin1. */
function textOf(wire: string): string {
  const body: string[] = [];
  for (let at = wire.indexOf('\r\n\r\n') + 4; at < wire.length; ) {
    const lineEnd = wire.indexOf('\r\n', at);
    const length = Number.parseInt(wire.slice(at, lineEnd), 16);
    if (!(length > 0)) break;
    body.push(wire.slice(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  const texts: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => texts.push((JSON.parse(data) as Frame).content ?? '') });
  parser.feed(Buffer.from(body.join(''), 'latin1').toString());
  return texts.join('');
}

/** Lets twenty fast readers and `slowCount` slow readers follow one long reply. */
async function readLongReply(slowCount: number) {
  const { script, sent } = longReply();
  fixture.provider.respond(script);
  const streamId = await fixture.start({ message: 'Much' });
  const slow = Array.from({ length: slowCount }, () => new SlowReader(streamId, fixture));
  const fast = Array.from({ length: 20 }, () => new PlainReader({ headers: fixture.headers, streamId }));
  const read = Promise.all(fast.map((reader) => reader.readToEnd(fixture.server.url)));
  await sent;
  const sentAt = performance.now();
  await read;
  const lagMs = performance.now() - sentAt;
  const liveMb = await readLiveMb(fixture.server);
  for (const { text } of fast) expectSameText(text, fullText);
  return { slow, liveMb, lagMs };
}

test('forty readers at 64 KB/s use no extra memory, do not delay others, and receive the whole text', async () => {
  await readLongReply(0); // warm-up
  const alone = await readLongReply(0);

  const { slow, liveMb, lagMs } = await readLongReply(40);

  expect(liveMb - alone.liveMb).toBeLessThan(64); // queues would need more than twice as much
  // Readers that waited for the slow ones, which read another 3 MB before their buffers are free, would lag by 50 s.
  expect(lagMs).toBeLessThan(3_000 + 5 * alone.lagMs);
  for (const { bytes } of slow) expect(bytes).toBeLessThan(fullText.length / 2); // they were really slow
  for (const reader of slow) expectSameText(await reader.text(), fullText);
}, 300_000);

/** The memory in use stays the same to 0.3 MB, so in 8 rounds a leak of 400 bytes a reader shows. */
const rounds = shortOrFull({ short: 8, full: 20 });

test(`500 readers that connect and disconnect ${rounds} times leave no memory, handle or listener`, async () => {
  await using fixture = await openFixture({ env: { ai_stall_timeout: '3600', ...liveMemoryEnv } });
  fixture.provider.respond(providerScripts.stallAfter(['Hello']));
  const streamId = await fixture.start({ message: 'Hi' });
  const steadyReader = new PlainReader({ headers: fixture.headers, streamId });
  const received = Promise.withResolvers<void>();
  steadyReader.onText = () => received.resolve();
  const read = steadyReader.readToEnd(fixture.server.url);
  await received.promise;
  const { server } = fixture;
  const { pid } = server;
  const handlesBefore = openHandles(pid);

  const lives: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: 500 }, (_, index) => connectAndDisconnect(fixture, streamId, index)));
    await expect.poll(() => openHandles(pid)).toBeLessThanOrEqual(handlesBefore + 3);
    lives.push(await readLiveMb(server));
  }
  await fixture.stop(streamId);
  await read;

  const [, warm = Number.NaN] = lives;
  expect((lives.at(-1) ?? Number.NaN) - warm, lives.join(' ')).toBeLessThan(1);
  expect(steadyReader.end).toMatchObject({ finishReason: 'stopped' });
  expect(fixture.server.output()).not.toContain('MaxListeners');
}, 300_000);

/** Requests a stream and disconnects: before the response, at its first byte, or a little later. */
async function connectAndDisconnect(fixture: Fixture, streamId: StreamId, index: number): Promise<void> {
  const socket = connect(fixture.server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  if (index % 3 > 0) socket.once('data', () => (index % 3 === 1 ? socket.destroy() : socket.resetAndDestroy()));
  const { authorization } = fixture.headers;
  const head = `GET ${routes.streamById(streamId)} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`;
  socket.write(head, () => index % 3 === 0 && socket.destroy());
  await closed;
}
