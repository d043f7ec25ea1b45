// Property test: for any reply, any segmentation of the provider's bytes and any lost connections, a reader receives exactly
// the reply, made well-formed as docs/protocol.md defines (a lone surrogate and U+0000 become U+FFFD).
import {
  type CuttingProxy,
  type ProviderScript,
  providerChunk,
  shortOrFull,
  startProxy,
  until,
} from '@sillage/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestClient, expectSameText, type Fixture, openFixture, PlainReader } from './fixture/fixture.ts';

let fixture: Fixture;
let proxy: CuttingProxy;
beforeAll(async () => {
  fixture = await openFixture();
  proxy = await startProxy(fixture.server.url);
});
afterAll(async () => {
  await proxy.close();
  await fixture[Symbol.asyncDispose]();
});

const awkward = fc.constantFrom(
  '\r\n',
  '\n\n',
  '\r',
  '\u2028',
  '\ufeff',
  'data: [DONE]',
  '👩\u200d👩\u200d👧',
  'e\u0301',
  '"',
  '\\',
  '\u0000',
  '\ud83d',
  '\udc69',
  '𝄞',
  'x'.repeat(20_000),
);
const delta = fc.oneof(awkward, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const replies = fc.record({
  deltas: fc.array(delta, { maxLength: 30 }),
  /** Lengths of the provider's writes in bytes, repeated until the reply is sent. */
  writes: fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 5 }),
  /** After how many bytes each of the reader's connections is cut; later connections are not cut. */
  cuts: fc.array(fc.integer({ min: 1, max: 30_000 }), { maxLength: 12 }),
});

/** The well-formed text of a reply. */
function wellFormed(deltas: readonly string[]): string {
  return deltas.join('').toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Sends the deltas in writes of the given lengths, which split characters, lines and chunks. */
function splitIntoWrites(deltas: readonly string[], writes: readonly number[]): ProviderScript {
  const chunks = [
    ...deltas.map((content) => providerChunk({ content })),
    providerChunk({}, 'stop'),
    'data: [DONE]\n\n',
  ];
  const bytes = new TextEncoder().encode(chunks.join(''));
  return async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0, i = 0; at < bytes.length && !response.destroyed; i++) {
      const length = writes[i % writes.length] ?? 1;
      const piece = bytes.subarray(at, at + length);
      await new Promise((resolve) => response.write(piece, resolve));
      at += length;
    }
    response.end();
  };
}

test('the plain reader, the client and the conversation get the same text, however bytes are split and connections cut', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(replies, async ({ deltas, writes, cuts }) => {
      const expected = wellFormed(deltas);
      fixture.provider.respond(splitIntoWrites(deltas, writes));
      const sessionId = `session-${run++}`;
      const requestsBefore = fixture.provider.requests.length;
      const restartCuts = () => {
        const remaining = [...cuts];
        proxy.setCutAfterBytes(() => remaining.shift());
      };
      const chunks: string[] = [];
      const client = createTestClient(proxy.url, fixture, { onChunk: (chunk) => chunks.push(chunk) });

      restartCuts();
      client.start({ message: 'Hi', sessionId });
      await until(client, () => client.getState().status === 'ended');
      const { text, finishReason, streamId = '' } = client.getState();
      restartCuts();
      const reader = new PlainReader({ headers: fixture.headers, streamId });
      await reader.readToEnd(proxy.url);
      const { messages } = await fixture.session(sessionId);

      expect(finishReason).toBe('stop');
      for (const received of [text, chunks.join(''), reader.text, messages[1]?.content ?? ''])
        expectSameText(received, expected);
      expect(reader.end).toMatchObject({ finishReason: 'stop' });
      expect(reader.after).toBe(expected.length + 1);
      expect(fixture.provider.requests.length - requestsBefore).toBe(1);
    }),
    { numRuns: shortOrFull({ short: 30, full: 150 }) },
  );
}, 600_000);
