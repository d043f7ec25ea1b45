// Counts tokens with OpenAI's encodings, which are loaded (some 70 MB) only when a count is needed.
import { setImmediate as turn } from 'node:timers/promises';

/** Counts the tokens of a text, at least: what is cut out of one token counts as more. */
type Encoding = (text: string) => number;

/** Pairs within a word are merged in quadratic time: a long run without a space is counted in pieces. */
const pieceLength = 256;
/** So long a text is counted without letting anything else in. */
const turnLength = 16_384;

/** Counts tokens for the models of one server. */
export class TokenCounter {
  readonly #loaded = new Map<string, Promise<Encoding>>();

  /** Counts `text` as `model` would; stops beyond `limit`, with any number above it. */
  async count(text: string, { model, limit }: { model: string; limit: number }): Promise<number> {
    const encoding = await this.#encodingOf(model);
    let tokens = 0;
    for (let at = 0; at < text.length && tokens <= limit; ) {
      const until = Math.min(text.length, at + turnLength);
      for (; at < until && tokens <= limit; at += pieceLength) tokens += encoding(text.slice(at, at + pieceLength));
      if (at < text.length) await turn();
    }
    return tokens;
  }

  #encodingOf(model: string): Promise<Encoding> {
    const name = /^gpt-(3\.5|4$|4-)/.test(model) ? 'cl100k' : 'o200k';
    const loading = this.#loaded.get(name) ?? load(name);
    this.#loaded.set(name, loading);
    return loading;
  }
}

async function load(name: 'cl100k' | 'o200k'): Promise<Encoding> {
  const { countTokens } =
    name === 'cl100k'
      ? await import('gpt-tokenizer/encoding/cl100k_base')
      : await import('gpt-tokenizer/encoding/o200k_base');
  const isText = { disallowedSpecial: new Set<string>() }; // what looks like a special token is text
  return (text) => countTokens(text, isText);
}
