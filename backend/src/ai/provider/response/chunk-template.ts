// Extracts the text of a typical chunk without parsing it. The chunks of one reply differ only in their text (and
// OpenAI's `obfuscation` padding), so one parsed chunk locates the text of the others.
import type { DeltaKind } from '../../model-event.ts';
import { readChunk } from './provider-chunk.ts';

const textKeys = [/"content"\s*:\s*"/, /"reasoning_content"\s*:\s*"/, /"reasoning"\s*:\s*"/];
const paddingKey = /"obfuscation"\s*:\s*"/;
const probe = 'a probe: no text of a chunk';
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none inside a literal
const quoteOrEscape = /["\\\u0000-\u001F]/;

/** Template of one chunk shape: `head`, the contents of a string literal, `middle`, and optionally padding and
 *  `tail`. Whatever the literals in the two gaps are, the chunk contains one delta of `kind` and nothing else;
 *  `learn` verifies this with a probe. */
export class ChunkTemplate {
  readonly kind: DeltaKind;
  readonly #head: string;
  readonly #middle: string;
  readonly #tail: string | undefined;

  private constructor(kind: DeltaKind, head: string, middle: string, tail: string | undefined) {
    this.kind = kind;
    this.#head = flat(head);
    this.#middle = flat(middle);
    this.#tail = tail === undefined ? undefined : flat(tail);
  }

  /** Creates a template from a chunk with one delta; `undefined` if other chunks of its shape may contain anything
   *  else. */
  static learn(data: string): ChunkTemplate | undefined {
    if (data.includes(probe)) return undefined;
    for (const key of textKeys) {
      const template = ChunkTemplate.#around(literalBehind(key, data, 0), data);
      if (template !== undefined) return template;
    }
    return undefined;
  }

  static #around(gap: Gap | undefined, data: string): ChunkTemplate | undefined {
    if (gap === undefined) return undefined;
    const padding = literalBehind(paddingKey, data, gap.end);
    const head = data.slice(0, gap.start);
    const middle = data.slice(gap.end, padding?.start);
    const tail = padding && data.slice(padding.end);
    const kind = kindOfProbe(`${head}${probe}${middle}${tail ?? ''}`);
    return kind && new ChunkTemplate(kind, head, middle, tail);
  }

  /** Returns the chunk's text, never empty; `undefined` if the chunk has another shape and must be parsed. */
  match(data: string): string | undefined {
    const start = this.#head.length;
    if (data.slice(0, start) !== this.#head) return undefined; // startsWith() takes seven times as long
    const padding = this.#tail === undefined ? data.length : paddingStart(data, this.#tail);
    const end = padding - this.#middle.length;
    if (end <= start || data.slice(end, padding) !== this.#middle) return undefined;
    const literal = data.slice(start, end);
    return quoteOrEscape.test(literal) ? unescaped(literal) : literal;
  }
}

/** Copies a text. A slice would keep the whole read in memory and compare more slowly. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

interface Gap {
  readonly start: number;
  readonly end: number;
}

function literalBehind(key: RegExp, data: string, from: number): Gap | undefined {
  const found = key.exec(from === 0 ? data : data.slice(from));
  if (found === null) return undefined;
  const start = from + found.index + found[0].length;
  for (let end = start; end < data.length; end++) {
    if (data[end] === '\\') end++;
    else if (data[end] === '"') return { start, end };
  }
  return undefined;
}

function kindOfProbe(data: string): DeltaKind | undefined {
  const { deltas, finishReason, usage, error } = readChunk(data);
  const [delta, ...others] = deltas;
  const isPlain = others.length === 0 && finishReason === undefined && usage === undefined && error === undefined;
  return isPlain && delta?.text === probe ? delta.kind : undefined;
}

/** Returns where the contents of the padding start, or -1 if the part before `tail` is no plain literal. */
function paddingStart(data: string, tail: string): number {
  const end = data.length - tail.length;
  if (end < 1 || data.slice(end) !== tail) return -1;
  const start = data.lastIndexOf('"', end - 1) + 1;
  return quoteOrEscape.test(data.slice(start, end)) ? -1 : start;
}

/** Decodes the contents of a literal with JSON.parse, which throws for invalid contents such as an unescaped quote. */
function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(`"${literal}"`);
  } catch {
    return undefined;
  }
}
