// Any reply, in any segmentation of the provider's bytes, through any cuts: what a reader holds is the reply, made
// well-formed as docs/protocol.md says (a lone surrogate and U+0000 become U+FFFD), to the last unit.
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
import { expectSameText, hastyClient, openStage, PlainReader, type Stage } from './support.ts';

let stage: Stage;
let proxy: CuttingProxy;
beforeAll(async () => {
  stage = await openStage();
  proxy = await startProxy(stage.server.url);
});
afterAll(async () => {
  await proxy.close();
  await stage[Symbol.asyncDispose]();
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
  /** Lengths of the provider's writes, in bytes, over and over. */
  writes: fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 5 }),
  /** After how many bytes each connection of the reader is cut; then none is. */
  cuts: fc.array(fc.integer({ min: 1, max: 30_000 }), { maxLength: 12 }),
});

/** What a well-formed reply is, said in one line. */
function wellFormed(deltas: readonly string[]): string {
  return deltas.join('').toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Says the deltas in writes of the given lengths, which tear characters, lines and chunks apart. */
function torn(deltas: readonly string[], writes: readonly number[]): ProviderScript {
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

test('any reply, torn and cut anywhere, is the same for the plain reader, the client and the conversation', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(replies, async ({ deltas, writes, cuts }) => {
      const expected = wellFormed(deltas);
      stage.provider.answer(torn(deltas, writes));
      const sessionId = `session-${run++}`;
      const requestsBefore = stage.provider.requests.length;
      const cutAgain = () => {
        const left = [...cuts];
        proxy.setCutAfterBytes(() => left.shift());
      };
      const chunks: string[] = [];
      const client = hastyClient(proxy.url, stage, { onChunk: (chunk) => chunks.push(chunk) });

      cutAgain();
      client.start({ message: 'Hi', sessionId });
      await until(client, () => client.getState().status === 'ended');
      const { text, finishReason, streamId = '' } = client.getState();
      cutAgain();
      const reader = new PlainReader({ headers: stage.headers, streamId });
      await reader.readToEnd(proxy.url);
      const { messages } = await stage.session(sessionId);

      expect(finishReason).toBe('stop');
      for (const got of [text, chunks.join(''), reader.text, messages[1]?.content ?? '']) expectSameText(got, expected);
      expect(reader.end).toMatchObject({ finishReason: 'stop' });
      expect(reader.after).toBe(expected.length + 1);
      expect(stage.provider.requests.length - requestsBefore).toBe(1);
    }),
    { numRuns: shortOrFull({ short: 30, full: 150 }) },
  );
}, 120_000);
