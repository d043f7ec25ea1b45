// Readers cost what they take, not what they lag behind: slow ones hold no memory and delay nobody, and those that vanish
// leave nothing.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, routes, type StreamId } from '@sillage/protocol';
import { type ProviderScript, providerAnswers, providerChunk } from '@sillage/testing';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHandles, residentMb } from './process-figures.ts';
import { expectSameText, openStage, PlainReader, type Stage } from './support.ts';

// In a heap this small garbage is collected at once: what grows is what is held.
const smallHeap = (oldMb: number) => ({ NODE_OPTIONS: `--max-old-space-size=${oldMb} --max-semi-space-size=1` });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ env: { ai_max_reply: '20000000', ...smallHeap(128) } });
});
afterAll(() => stage[Symbol.asyncDispose]());

// Loopback's own buffers take 5 MB a connection whoever reads: only what lies beyond them can show a queue.
const deltas = Array.from({ length: 2_100 }, (_, index) => `${index} é👩 `.padEnd(4_000, 'lorem ipsum '));
const whole = deltas.join('');

/** Says 8 MB in some seconds, and tells when it has. */
function longReply(): { script: ProviderScript; said: Promise<void> } {
  const { promise: said, resolve } = Promise.withResolvers<void>();
  const script: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of deltas) {
      response.write(providerChunk({ content }));
      await delay(1);
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => resolve());
  };
  return { script, said };
}

/** Follows a stream at 64 KB/s, until it is let loose. */
class SlowReader {
  readonly #socket: Socket;
  #received = '';
  #pace: NodeJS.Timeout | undefined;
  bytes = 0;

  constructor(streamId: StreamId, { server, headers }: Stage) {
    this.#socket = connect(server.port, '127.0.0.1');
    this.#socket.setEncoding('latin1').pause();
    const head = `GET ${routes.streamById(streamId)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    this.#socket.write(`${head}authorization: ${headers.authorization}\r\n\r\n`);
    this.#pace = setInterval(() => this.#take(this.#socket.read(6_554) ?? this.#socket.read()), 100);
  }

  /** Takes the rest as fast as it comes, and returns the whole text. */
  async text(): Promise<string> {
    clearInterval(this.#pace);
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

/** Reads an HTTP/1.1 response as it was on the wire, chunked, as latin1. */
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

/** Has twenty fast readers and some slow ones follow one long reply. */
async function followedBy(slowCount: number) {
  const { script, said } = longReply();
  stage.provider.answer(script);
  const streamId = await stage.start({ message: 'Much' });
  const slow = Array.from({ length: slowCount }, () => new SlowReader(streamId, stage));
  const fast = Array.from({ length: 20 }, () => new PlainReader({ headers: stage.headers, streamId }));
  let peakMb = 0;
  const sampling = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(stage.server.pid));
  }, 50);
  const read = Promise.all(fast.map((reader) => reader.readToEnd(stage.server.url)));
  await said;
  const saidAt = performance.now();
  await read;
  const lagMs = performance.now() - saidAt;
  clearInterval(sampling);
  for (const { text } of fast) expectSameText(text, whole);
  return { slow, peakMb, lagMs };
}

test('forty readers at 64 KB/s cost no memory, disturb nobody, and have the whole text at the end', async () => {
  await followedBy(0); // warms up
  const alone = await followedBy(0);

  const { slow, peakMb, lagMs } = await followedBy(40);

  expect(peakMb - alone.peakMb).toBeLessThan(64); // queues would hold twice that, and more
  expect(lagMs).toBeLessThan(alone.lagMs + 500);
  for (const { bytes } of slow) expect(bytes).toBeLessThan(whole.length / 2); // else they were not slow
  for (const reader of slow) expectSameText(await reader.text(), whole);
}, 120_000);

test('five hundred readers that connect and vanish twenty times leave no memory, handle or listener', async () => {
  await using stage = await openStage({ env: smallHeap(64) });
  stage.provider.answer(providerAnswers.stallAfter(['Hello']));
  const streamId = await stage.start({ message: 'Hi' });
  const stays = new PlainReader({ headers: stage.headers, streamId });
  const seen = Promise.withResolvers<void>();
  stays.onText = () => seen.resolve();
  const read = stays.readToEnd(stage.server.url);
  await seen.promise;
  const { pid } = stage.server;
  const handlesBefore = openHandles(pid);

  const residents: number[] = [];
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 500 }, (_, index) => vanish(stage, streamId, index)));
    await expect.poll(() => openHandles(pid), { timeout: 10_000 }).toBeLessThanOrEqual(handlesBefore + 3);
    residents.push(residentMb(pid));
  }
  await stage.stop(streamId);
  await read;

  const [warm, last] = [Math.max(...residents.slice(0, 10)), Math.min(...residents.slice(-5))];
  expect(last - warm, residents.map(Math.round).join(' ')).toBeLessThan(8);
  expect(stays.end).toMatchObject({ finishReason: 'stopped' });
  expect(stage.server.output()).not.toContain('MaxListeners');
}, 120_000);

/** Asks for a stream, and is gone: before the answer, at its first byte, or a little later. */
async function vanish(stage: Stage, streamId: StreamId, index: number): Promise<void> {
  const socket = connect(stage.server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  if (index % 3 > 0) socket.once('data', () => (index % 3 === 1 ? socket.destroy() : socket.resetAndDestroy()));
  const { authorization } = stage.headers;
  const head = `GET ${routes.streamById(streamId)} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`;
  socket.write(head, () => index % 3 === 0 && socket.destroy());
  await closed;
}
