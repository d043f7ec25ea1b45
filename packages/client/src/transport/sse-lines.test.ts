// Wherever the text is cut, the same blocks are parsed.
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SseBlock, sseReader } from './sse-lines.ts';

/** Reads `text` in pieces that are cut after each of `cuts`. */
function readCut(text: string, cuts: readonly number[]): SseBlock[] {
  const read = sseReader();
  const edges = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return edges.slice(1).flatMap((edge, index) => read(text.slice(edges[index], edge)));
}

test.each(['\n', '\r\n', '\r'])('lines may end with %j, and be cut anywhere', (lineEnd) => {
  const lines = [
    ': comment',
    'id: S/5',
    'data: "Hello"',
    'retry: 9',
    '',
    'id:S/6',
    '',
    'data:1',
    'data:2',
    '',
    'data:',
    '',
    '',
    'x',
  ];
  const text = lines.join(lineEnd);

  for (let cut = 0; cut <= text.length; cut++) {
    expect(readCut(text, [cut])).toEqual([
      { id: 'S/5', data: ' "Hello"' },
      { id: 'S/6', data: '' },
      { id: '', data: '1\n2' },
    ]);
  }
});

test('what it reads of events with data in JSON is what eventsource-parser reads', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string()).map((text) => JSON.stringify(text));
  const event = fc.tuple(
    fc.nat().map((offset) => `S/${offset}`),
    value,
    fc.constantFrom('', ': hm\n', 'event: x\n'),
    fc.constantFrom('\n', '\r\n', '\r'),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), fc.array(fc.nat()), (events, cuts) => {
      const written = events.map(([id, data, more, lineEnd]) =>
        `${more}id: ${id}\ndata: ${data}\n\n`.replaceAll('\n', lineEnd),
      );
      const text = `${written.join('')}\n`; // a carriage return at the end counts once more comes
      const expected: SseBlock[] = [];
      createParser({ onEvent: ({ id = '', data }) => expected.push({ id, data: JSON.parse(data) }) }).feed(text);

      expect(readCut(text, cuts).map(({ id, data }) => ({ id, data: JSON.parse(data) }))).toEqual(expected);
    }),
  );
});
