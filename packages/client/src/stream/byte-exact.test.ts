// Whatever is said, and wherever the bytes are cut, the text is whole and nothing comes twice.
import { startStreamServer, until } from '@sillage/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAIStream } from './ai-stream.ts';

let server: Awaited<ReturnType<typeof startStreamServer>>;
beforeAll(async () => {
  server = await startStreamServer();
});
afterAll(() => server.close());

const awkward = fc.constantFrom(
  '\r\n',
  '\n\n',
  '\r',
  '\u2028',
  '\ufeff',
  'data: x',
  '👩‍👩‍👧',
  'e\u0301',
  '"',
  '\\',
  '\u0000',
  '𝄞',
);
const texts = fc.array(fc.oneof(awkward, fc.string({ unit: 'binary', minLength: 1 })), { maxLength: 20 });
const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 8 });
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

test('any text, cut anywhere and in any pieces, arrives byte for byte and once', async () => {
  await fc.assert(
    fc.asyncProperty(texts, cuts, pieces, async (said, cutPoints, pieceLengths) => {
      const written = server
        .addStream()
        .text(...said)
        .end();
      server.plan(...cutPoints.map((cutAfterBytes) => ({ cutAfterBytes, pieces: pieceLengths })));
      const chunks: string[] = [];
      const stream = createAIStream({
        baseUrl: server.url,
        onChunk: (chunk) => chunks.push(chunk),
        timings: { backoffMs: 0, attempts: 20 },
      });

      stream.resume(written.streamId);
      await until(stream, () => stream.getState().status === 'ended');
      server.unplan();

      expect(stream.getState()).toMatchObject({ text: said.join(''), finishReason: 'stop' });
      expect(chunks.join('')).toBe(said.join(''));
    }),
    { numRuns: 60 },
  );
});
