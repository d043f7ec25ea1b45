// Slow readers and resuming readers get the whole reply on every route, in ASCII and beyond.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, headers as names, routes } from '@sillage/protocol';
import { collect, openSse, providerScripts, type SseMessage, shortOrFull } from '@sillage/testing';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameText, type Fixture, openFixture } from '../faults/fixture/fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

// The loopback buffers hold 5 MB; only a longer reply makes the server wait for the socket.
const nonAscii = ['Chinese and emoji', '中文回复👍，', 3_000_000] as const; // Node loses the `drain` event of these only
const scripts = shortOrFull({ short: [nonAscii], full: [nonAscii, ['ASCII', 'lorem ipsum ', 7_000_000] as const] });

const routesToRead = [
  ['POST', (message: string) => send('POST', routes.stream, { message })],
  ['GET', async (message: string) => send('GET', routes.streamById(await fixture.start({ message })))],
  ['@Sse', (message: string) => send('GET', `${routes.streamSse}?message=${message}`)],
] as const;

describe.each(scripts)('a reply in %s', (_, words, length) => {
  const text = words.repeat(Math.floor(length / words.length));
  const deltas = Array.from({ length: Math.ceil(text.length / 60_000) }, (_, i) =>
    text.slice(i * 60_000, (i + 1) * 60_000),
  );

  test.each(routesToRead)('reaches a slow reader completely, by %s', async (_, open) => {
    fixture.provider.respond(providerScripts.reply(deltas));

    const { frames } = await readSlowly(await open('Much'));

    expectSameText(contentOf(frames), text);
    expect(frames.at(-1)).toMatchObject({ done: true, finishReason: 'stop' });
  });

  test.each(routesToRead)('is resumed completely after a cut while the socket was full, by %s', async (_, open) => {
    fixture.provider.respond(providerScripts.reply(deltas));

    const first = await readSlowly(await open('Much'), { cutAfterBytes: 1_000_000 });
    const { messages } = await openSse(fixture.server.url + routes.streamById(first.streamId), {
      headers: { ...fixture.headers, 'last-event-id': first.lastId },
    });
    const rest = (await collect(messages)).map(frameOf);

    expectSameText(contentOf(first.frames) + contentOf(rest), text);
  });
});

function send(method: string, path: string, body?: object): ClientRequest {
  const headers = { ...fixture.headers, 'content-type': 'application/json' };
  return request(fixture.server.url + path, { method, agent: false, headers }).end(body && JSON.stringify(body));
}

/** Reads nothing until the server waits for the socket, then slowly. Disconnects after `cutAfterBytes`. */
async function readSlowly(sent: ClientRequest, { cutAfterBytes = Number.POSITIVE_INFINITY } = {}) {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const streamId = String(response.headers[names.streamId.toLowerCase()]);
  await fixture.read(streamId); // to its end: now the server waits for the slow socket
  const frames: Frame[] = [];
  let lastId = '';
  const parser = createParser({
    onEvent: ({ id, data }) => {
      lastId = id ?? lastId;
      frames.push(JSON.parse(data) as Frame);
    },
  });
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const chunk of response) {
    parser.feed(decoder.decode(chunk as Buffer, { stream: true }));
    bytes += (chunk as Buffer).length;
    if (bytes > cutAfterBytes) break;
    if (bytes % 7 === 0) await delay(1);
  }
  return { frames, lastId, streamId };
}

function frameOf({ data }: SseMessage): Frame {
  return (data ?? {}) as Frame;
}

function contentOf(frames: readonly Frame[]): string {
  return frames.map(({ content = '' }) => content).join('');
}
