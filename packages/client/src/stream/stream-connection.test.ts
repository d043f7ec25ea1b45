// What one connection yields is the same, and as strictly checked, however the bytes were cut.
import { eventOf, parseEventId } from '@sillage/protocol';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientContextOf } from '../transport/client-context.ts';
import { type ConnectionEvent, connect } from './stream-connection.ts';

const encoder = new TextEncoder();

/** Connects to a server that sends `text` in pieces, cut after each of `cuts` bytes. Returns what was yielded after the
 *  headers, the events of each read apart. */
async function readCut(text: string, { cuts = [] as readonly number[], after = 0 } = {}) {
  const bytes = encoder.encode(text);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
  });
  const reads = connect({
    send: async () => new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }),
    context: clientContextOf(() => ({})),
    signal: new AbortController().signal,
    position: { target: 'S', after },
    progress: () => {},
  });
  const yielded: Array<readonly ConnectionEvent[]> = [];
  for await (const events of reads) yielded.push(events);
  return yielded.slice(1);
}

/** The rules of docs/protocol.md §3 and §4, an event at a time. */
function expectedOf(text: string, after: number): ConnectionEvent[] {
  const blocks: Array<{ id: string; data: string }> = [];
  createParser({ onEvent: ({ id = '', data }) => blocks.push({ id, data }) }).feed(`${text}\n`);
  const events: ConnectionEvent[] = [];
  for (const { id, data } of blocks) {
    const offset = parseEventId(id)?.offset ?? 0;
    if (offset <= after) continue;
    try {
      const event = eventOf(JSON.parse(data), offset);
      const length = event && 'text' in event ? event.text.length : 1;
      if (event && offset - length > after) return events;
      if (!event) events.push({ type: 'skipped', offset });
      else events.push('text' in event ? { ...event, text: event.text.slice(after - offset) } : event);
    } catch {
      return events;
    }
    after = offset;
  }
  return events;
}

const hello = 'id: S/5\ndata: {"content":"Hello","done":false}\n\n';
const textHello = { type: 'text', text: 'Hello', offset: 5 };

test.each([
  ['the next id', 'id: S/6\ndata: {"content":"!"}\n\n', [{ type: 'text', text: '!', offset: 6 }]],
  ['an id of another stream', 'id: T/6\ndata: {"content":"!"}\n\n', [{ type: 'text', text: '!', offset: 6 }]],
  ['a gap', 'id: S/8\ndata: {"content":"!"}\n\n', []],
  ['a gap before the end', 'id: S/8\ndata: {"done":true}\n\n', []],
  ['a repeat', 'id: S/5\ndata: {"content":"Hello"}\n\n', []],
  ['an empty text', 'id: S/5\ndata: {"content":""}\n\n', []],
  ['an overlap', 'id: S/7\ndata: {"content":"llo 世"}\n\n', [{ type: 'text', text: ' 世', offset: 7 }]],
  ['no id', 'data: {"content":"!"}\n\n', []],
  ['an id without a stream', 'id: /6\ndata: {"content":"!"}\n\n', []],
  ['an id with a zero before it', 'id: S/06\ndata: {"content":"!"}\n\n', []],
  ['an id with a fraction', 'id: S/6.0\ndata: {"content":"!"}\n\n', []],
  ['an id with more behind it', 'id: S/6 \u00a0x\ndata: {"content":"!"}\n\n', []],
  ['no data', 'id: S/6\n\n', []],
  ['empty data', 'id: S/6\ndata:\n\n', []],
  ['data of several lines', 'id: S/6\ndata: {"content":\ndata: "!"}\n\n', [{ type: 'text', text: '!', offset: 6 }]],
  ['JSON cut in two', 'id: S/6\ndata: {"content":\n\ndata: "!"}\n\n', []],
  ['another type of content', 'id: S/7\ndata: {"content":["a","b"]}\n\n', [{ type: 'skipped', offset: 7 }]],
  [
    'a content with a length of its own',
    'id: S/56\ndata: {"content":{"length":"6"}}\n\n',
    [{ type: 'skipped', offset: 56 }],
  ],
  ['reasoning', 'id: S/7\ndata: {"reasoning":"hm"}\n\n', [{ type: 'reasoning', text: 'hm', offset: 7 }]],
  ['a newer frame', 'id: S/9\ndata: {"tool":"x"}\n\n', [{ type: 'skipped', offset: 9 }]],
  ['JSON that is no object', 'id: S/6\ndata: null\n\n', [{ type: 'skipped', offset: 6 }]],
])('%s after a text', async (_name, next, events) => {
  expect((await readCut(hello + next)).flat()).toEqual([textHello, ...events]);
  expect((await readCut(hello + next)).flat()).toEqual(expectedOf(hello + next, 0));
});

test.each(['id: S/8\ndata: {"content":"!"}\n\n', 'id: S/6\ndata: {"content":\n\n'])(
  'nothing is read on behind %j',
  async (torn) => {
    const rest = 'id: S/6\ndata: {"content":"!"}\n\nid: S/9\ndata: {"content":"a"}\n\n';

    expect((await readCut(hello + torn + rest)).flat()).toEqual([textHello]);
  },
);

test('damaged JSON of a repeat is not looked at', async () => {
  const repeat = 'id: S/4\ndata: {"content":\n\n';
  const next = 'id: S/6\ndata: {"content":"!"}\n\n';

  expect((await readCut(hello + repeat + next)).flat()).toEqual([textHello, { type: 'text', text: '!', offset: 6 }]);
});

test('what arrives together is yielded together', async () => {
  const frames = Array.from({ length: 100 }, (_, i) => `id: S/${i + 1}\ndata: {"content":"x","done":false}\n\n`);

  expect((await readCut(frames.join(''))).map((events) => events.length)).toEqual([100]);
});

const content = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('\ufeff', '\r\n', '\u2028', '👩‍👧'),
);
const frame = fc.record({
  key: fc.constantFrom('content', 'content', 'content', 'reasoning', 'tool'),
  content,
  /** How far the id is from the one that follows. */
  shift: fc.constantFrom(0, 0, 0, 0, 0, 0, -1, -3, 1),
  damage: fc.constantFrom('', '', '', '', '', '', 'json', 'id', 'no id', 'other stream'),
  isSplit: fc.boolean(),
});

test('any frames, cut anywhere, are what the rules say, an event at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 12 }),
      fc.array(fc.nat()),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.constantFrom('', '\ufeff'),
      fc.nat({ max: 4 }),
      async (frames, cuts, lineEnd, mark, after) => {
        let offset = 0;
        const lines = frames.map(({ key, content, shift, damage, isSplit }) => {
          offset = Math.max(0, offset + (key === 'tool' ? 1 : content.length) + shift);
          const stream = damage === 'other stream' ? 'T' : 'S';
          const id = damage === 'no id' ? ': none' : `id: ${stream}/${damage === 'id' ? '0' : ''}${offset}`;
          const json = JSON.stringify({ [key]: content, done: false }).slice(0, damage === 'json' ? -1 : undefined);
          return `${id}\ndata: ${isSplit ? json.replace(':', ':\ndata: ') : json}\n\n`;
        });
        const text = mark + lines.join('').replaceAll('\n', lineEnd);

        // A carriage return at the very end is a line end only once more comes.
        const whole = `${text}${lineEnd}: more${lineEnd}`;
        expect((await readCut(whole, { cuts, after })).flat()).toEqual(expectedOf(whole, after));
      },
    ),
    { numRuns: 300 },
  );
});
