// The parser's output depends neither on how the bytes are segmented nor on which parser reads a chunk.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../model-event.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { readChunk } from './provider-chunk.ts';
import { ProviderStream } from './provider-stream.ts';
import { SseParser } from './sse-parser.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '\r\n',
    '"',
    '\\',
    '\u0000',
    '\ud83d',
    '\ude00',
    '👩‍👩‍👧',
    '{"content":"x"}',
    '"delta":{"content":"',
    'é',
  ),
);

/** Serializes JSON in the styles of several servers: ASCII only, with spaces, or compact. */
function written(value: unknown, style: 'plain' | 'ascii' | 'spaced'): string {
  const plain = JSON.stringify(value, null, style === 'spaced' ? 1 : undefined).replaceAll('\n', '');
  if (style !== 'ascii') return plain;
  return plain.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const anyDelta = fc.oneof(
  { weight: 8, arbitrary: fc.record({ content: anyText }) },
  fc.record({ role: fc.constant('assistant'), content: anyText }),
  fc.record({ content: fc.constantFrom('', null), reasoning_content: anyText }),
  fc.record({ reasoning: anyText, reasoning_content: anyText }, { requiredKeys: [] }),
  fc.record({ refusal: anyText, content: fc.constant(null) }),
  fc.record({ content: fc.array(anyText) }),
);

const anyChunk = fc
  .record(
    {
      id: fc.constantFrom('chatcmpl-1', '"content":"'),
      choices: fc.oneof(
        { weight: 6, arbitrary: anyDelta.map((delta) => [{ index: 0, delta, finish_reason: null }]) },
        fc.constant([]),
        anyDelta.map((delta) => [{ delta, logprobs: { content: [{ token: 'x' }] } }]),
        fc.constant([{ delta: {}, finish_reason: 'stop' }]),
      ),
      usage: fc.constantFrom(null, { prompt_tokens: 3, completion_tokens: 4 }),
      obfuscation: fc.constantFrom('', 'aB3', 'xyzxyz', 'with "quote"', '\\', '"}'),
    },
    { requiredKeys: ['choices'] },
  )
  .chain((chunk) => fc.constantFrom('plain', 'ascii', 'spaced').map((style) => written(chunk, style as 'plain')));

/** Generates chunks mostly in runs of one shape, as a provider sends them. */
const alikeChunks = fc
  .tuple(
    fc.array(anyText, { maxLength: 8 }),
    fc.boolean(),
    fc.constantFrom('content', 'reasoning_content', 'reasoning'),
  )
  .chain(([texts, isPadded, key]) =>
    fc.constantFrom('plain', 'ascii', 'spaced').map((style) =>
      texts.map((text, i) =>
        written(
          {
            id: 'chatcmpl-1',
            choices: [{ index: 0, delta: { [key]: text }, logprobs: null, finish_reason: null }],
            usage: null,
            ...(isPadded && { obfuscation: 'p'.repeat(i % 5) }),
          },
          style as 'plain',
        ),
      ),
    ),
  );

const anyChunks = fc.array(fc.oneof(alikeChunks, fc.array(anyChunk, { maxLength: 4 }))).map((runs) => runs.flat());

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [...new Set([0, ...points.map((point) => point % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

function sayings(pieces: readonly Buffer[]) {
  const stream = new ProviderStream();
  const events = pieces.flatMap((piece) => stream.push(piece));
  events.push(...stream.endOfBody());
  if (stream.isFinished) events.push(stream.end());
  return { said: merged(events), failure: stream.failure?.code };
}

function merged(events: readonly ModelEvent[]): { text: string; reasoning: string; end: ModelEvent | undefined } {
  const textOf = (kind: string) =>
    events.map((event) => (event.type === kind && 'text' in event ? event.text : '')).join('');
  return { text: textOf('text'), reasoning: textOf('reasoning'), end: events.find(({ type }) => type === 'end') };
}

function mended(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

describe('the fast parser', () => {
  test('gives the same events as the reference parser, for any chunks', () => {
    fc.assert(
      fc.property(anyChunks, (chunks) => {
        let template: ChunkTemplate | undefined;
        for (const chunk of chunks) {
          const plain = readChunk(chunk);
          const text = template?.match(chunk);
          if (text !== undefined) expect(plain).toEqual({ deltas: [{ kind: template?.kind, text }] });
          template = ChunkTemplate.learn(chunk) ?? template;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives the same events as the reference parser, for any corrupted chunk', () => {
    const usual = written({ choices: [{ delta: { content: 'Hello' } }], obfuscation: 'abc' }, 'plain');
    const template = ChunkTemplate.learn(usual);
    fc.assert(
      fc.property(
        fc.nat(usual.length),
        fc.nat(4),
        fc.constantFrom('"', '\\', '\n', '}', ',', '"}', ':"'),
        (at, cutOut, put) => {
          const data = usual.slice(0, at) + put + usual.slice(at + cutOut);
          const text = template?.match(data);
          if (text !== undefined) expect(readChunk(data)).toEqual({ deltas: [{ kind: 'text', text }] });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['plain', (content: string) => written({ choices: [{ delta: { content } }] }, 'plain')],
    ['spaced', (content: string) => written({ choices: [{ delta: { content } }] }, 'spaced')],
    [
      'padded',
      (content: string) => written({ choices: [{ delta: { content } }], obfuscation: content.slice(1) }, 'plain'),
    ],
    ['reasoning', (reasoning: string) => written({ choices: [{ delta: { content: '', reasoning } }] }, 'plain')],
  ])('is used for an ordinary chunk, %s', (_name, chunkOf) => {
    const template = ChunkTemplate.learn(chunkOf('Hello'));

    expect(template?.match(chunkOf(' world'))).toBe(' world');
    expect(template?.match(chunkOf('@').replace('@', 'a\\n\\"b\\u00e9'))).toBe('a\n"bé');
  });
});

describe('a reply', () => {
  test('is the same however its chunks are serialized, terminated and split', () => {
    const shape = fc.record({
      chunks: anyChunks,
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      comments: fc.boolean(),
      points: fc.array(fc.nat(), { maxLength: 40 }),
      everyByte: fc.boolean(),
    });
    fc.assert(
      fc.property(shape, ({ chunks, lineEnd, comments, points, everyByte }) => {
        const lines = chunks.flatMap((chunk) => [...(comments ? [': comment', 'id: 7'] : []), `data: ${chunk}`, '']);
        const bytes = Buffer.from([...lines, 'data: [DONE]'].join(lineEnd));
        const read = chunks.map(readChunk);
        const deltas = read.flatMap((chunk) => chunk.deltas);
        const isFinished = read.some(({ finishReason }) => finishReason !== undefined);
        const textOf = (kind: string) =>
          mended(deltas.map((delta) => (delta.kind === kind ? delta.text : '')).join(''));

        const { said, failure } = sayings(cut(bytes, everyByte ? Array.from(bytes.keys()) : points));

        expect(said).toMatchObject({ text: textOf('text'), reasoning: textOf('reasoning') });
        expect(failure).toBe(deltas.length === 0 && !isFinished ? 'provider-bad-response' : undefined);
      }),
      { numRuns: 500 },
    );
  });

  test('whose chunks never have the same shape is read completely', () => {
    const chunks = Array.from(
      { length: 200 },
      (_, i) => `data: ${written({ id: i, choices: [{ delta: { content: 'x' } }] }, 'plain')}\n\n`,
    );

    expect(sayings([Buffer.from(chunks.join(''))]).said.text).toBe('x'.repeat(200));
  });
});

describe('an event stream', () => {
  function eventsOf(text: string, options?: { limit: number }): Array<[string, string]> {
    const events: Array<[string, string]> = [];
    const parser = new SseParser((data, name) => events.push([data, name]), options);
    for (const byte of Buffer.from(text)) parser.push(Buffer.of(byte));
    parser.end();
    return events;
  }

  test.each([
    ['begins with a BOM', '\uFEFFdata: a\n\n', [['a', '']]],
    ['joins its data lines', 'data: a\ndata:b\ndata\n\n', [['a\nb\n', '']]],
    ['ends lines by CR alone', 'data: a\rdata: b\r\r', [['a\nb', '']]],
    [
      'ends lines by CRLF',
      'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n',
      [
        ['a\nb', ''],
        ['c', ''],
      ],
    ],
    [
      'names events',
      'event: error\ndata: a\n\ndata: b\n\n',
      [
        ['a', 'error'],
        ['b', ''],
      ],
    ],
    ['has comments and fields that nobody knows', ': x\nid: 1\nretry: 5\nfoo\ndata: a\n\n', [['a', '']]],
    [
      'ends without a blank line',
      'data: a\n\ndata: b',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['says nothing', '\n\n: x\n\nevent: ping\n\n', []],
  ])('%s', (_name, text, events) => {
    expect(eventsOf(text)).toEqual(events);
  });

  test.each(['data: abcdefgh', 'data: abc\ndata: def\ndata: ghi\n'])('beyond the size limit is rejected', (text) => {
    expect(() => eventsOf(text, { limit: 10 })).toThrow(RangeError);
  });
});
