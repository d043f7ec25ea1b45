// What every wire format must hold: however a reply is divided into events, wherever connections are cut and wherever they
// resume, the text is whole and the end comes once.
import { type EndEvent, type FinishReason, parseEventId, type StreamEvent } from '@sillage/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CreateEncoder } from './stream-encoder.ts';

type TextType = 'text' | 'reasoning';

/** What a client of the format understands from the data of one block. */
type Understood =
  | { readonly kind: 'open' | 'close'; readonly type: TextType; readonly id?: string }
  | { readonly kind: 'delta'; readonly type: TextType; readonly id?: string; readonly text: string }
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'end' }
  | undefined;

/** A wire format. `hasParts`: text and reasoning are in parts that are opened and closed. */
export interface FormatUnderTest {
  readonly create: CreateEncoder;
  readonly understand: (data: string) => Understood;
  readonly hasParts: boolean;
}

const streamId = '01JDA5ZQ';
const failed: EndEvent = { type: 'end', offset: 1, finishReason: 'error', code: 'provider-timeout' };

/** Runs the suite on a format. */
export function streamEncoderContract(name: string, { create, understand, hasParts }: FormatUnderTest): void {
  const connect = (events: readonly StreamEvent[], after: number) => {
    const encoder = create({ streamId, after });
    return (
      encoder.beginning +
      events
        .filter(({ offset }) => offset > after)
        .map((event) => encoder.encode(event))
        .join('')
    );
  };
  const read = (blocks: string) => messagesIn(blocks).map(({ data }) => understand(data));

  describe(name, () => {
    test('a reply is whole wherever its connections are cut, and ends once', () => {
      fc.assert(
        fc.property(reply, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (pieces, cuts) => {
          const seen: Understood[] = [];
          let after = 0;
          for (const cut of [...cuts, 1]) {
            const events = eventsOf(pieces, { after, pieceLength: 1 + Math.floor(cut * 7) });
            const sent = connect(events, after);
            const received = sent.slice(0, Math.ceil(cut * sent.length));
            // A client that resumes by the id has what came up to the last id.
            const messages = messagesIn(received);
            const last = messages.findLastIndex(({ id }) => id !== undefined);
            seen.push(...messages.slice(0, cut === 1 ? undefined : last + 1).map(({ data }) => understand(data)));
            after = parseEventId(messages[last]?.id ?? '')?.offset ?? after;
          }

          for (const type of ['reasoning', 'text'] as const) expect(textOf(seen, type)).toBe(textIn(pieces, type));
          expect(seen.filter((one) => one?.kind === 'end').length).toBe(1);
        }),
      );
    });

    test('every offset is a place to resume from', () => {
      const pieces = [
        ['reasoning', '想🤔'],
        ['text', '你好 👋🏽 né'],
        ['reasoning', '再'],
        ['text', '🚢'],
      ] as const;
      const whole = pieces.map(([, text]) => text).join('');

      for (let after = 0; after <= whole.length; after++) {
        if (/[\ud800-\udbff]/.test(whole[after - 1] ?? '')) continue; // within a surrogate pair
        const seen = read(connect(eventsOf(pieces, { after, pieceLength: 3 }), after));
        const texts = seen.map((one) => (one?.kind === 'delta' ? one.text : '')).join('');
        expect(texts).toBe(whole.slice(after));
        expect(seen.filter((one) => one?.kind === 'end')).toHaveLength(1);
      }
    });

    const testParts = hasParts ? test : () => {};
    testParts('each part is opened before its text and closed after it, under one id', () => {
      fc.assert(
        fc.property(reply, fc.nat(5), (pieces, length) => {
          const seen = read(connect(eventsOf(pieces, { after: 0, pieceLength: length + 1 }), 0));

          const opened: (string | undefined)[] = [];
          for (const one of seen) {
            if (one?.kind === 'open') expect(opened.push(`${one.type} ${one.id}`)).toBe(1);
            if (one?.kind === 'delta') expect(opened).toEqual([`${one.type} ${one.id}`]);
            if (one?.kind === 'close') expect(opened.splice(0)).toEqual([`${one.type} ${one.id}`]);
            if (one?.kind === 'end' || one?.kind === 'error') expect(opened).toEqual([]);
          }
          const ids = seen.flatMap((one) => (one?.kind === 'open' ? [`${one.type} ${one.id}`] : []));
          expect(new Set(ids).size).toBe(ids.length);
        }),
      );
    });

    test.each<FinishReason>(['stop', 'length', 'content-filter', 'stopped'])(
      '%s ends without an error',
      (finishReason) => {
        const seen = read(connect([{ type: 'end', offset: 1, finishReason }], 0));

        expect(seen.filter((one) => one?.kind === 'error')).toEqual([]);
        expect(seen.filter((one) => one?.kind === 'end')).toHaveLength(1);
      },
    );

    test.each<EndEvent>([failed, { ...failed, finishReason: 'interrupted', code: 'interrupted' }])(
      'a reply that ends with $code says once what to do',
      (end) => {
        const errors = read(connect([end], 0)).filter((one) => one?.kind === 'error');

        expect(errors).toHaveLength(1);
        expect(errors[0]?.error).toMatch(/^The (model|reply) .*(Try again|Send the message again)/);
      },
    );

    test('only whole blocks are written: an id, one line of data, an empty line', () => {
      const text = 'a line\nid: 01JDA5ZQ/9\r\n\r\ndata: {"done":true}\u2028';
      const blocks = connect(eventsOf([['text', text]], { after: 0, pieceLength: 100 }), 0);

      for (const block of blocks.split('\n\n').slice(0, -1)) expect(block).toMatch(/^(id: \S+\n)?data: [^\n\r]+$/);
      expect(textOf(read(blocks), 'text')).toBe(text);
    });
  });
}

const reply = fc.array(
  fc.tuple(
    fc.constantFrom<TextType>('text', 'reasoning'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  ),
  { maxLength: 6 },
);

type Pieces = readonly (readonly [TextType, string])[];

/** The events behind an offset, as a store reads them: text of one type, not cut within a surrogate pair; then the end. */
function eventsOf(pieces: Pieces, { after, pieceLength }: { after: number; pieceLength: number }): StreamEvent[] {
  const events: StreamEvent[] = [];
  let offset = 0;
  for (const [type, text] of pieces) {
    const start = Math.min(text.length, Math.max(0, after - offset));
    let piece = '';
    let at = offset + start;
    const push = () => {
      if (piece !== '') events.push({ type, text: piece, offset: at });
      piece = '';
    };
    for (const character of text.slice(start)) {
      piece += character;
      at += character.length;
      if (piece.length >= pieceLength) push();
    }
    push();
    offset += text.length;
  }
  const usage = { promptTokens: 9, completionTokens: 2 };
  return after > offset ? events : [...events, { type: 'end', offset: offset + 1, finishReason: 'stop', usage }];
}

function messagesIn(blocks: string): { id: string | undefined; data: string }[] {
  const whole = blocks.split('\n\n').slice(0, -1);
  return whole.map((block) => {
    const lines = block.split('\n');
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    return { id: field('id'), data: field('data') ?? '' };
  });
}

function textOf(seen: readonly Understood[], type: TextType): string {
  return seen.map((one) => (one?.kind === 'delta' && one.type === type ? one.text : '')).join('');
}

function textIn(pieces: Pieces, type: TextType): string {
  return pieces.map(([of, text]) => (of === type ? text : '')).join('');
}
