// The worker thread that counts tokens, so that the event loop never waits for it. Encodings (some 70 MB) are loaded
// when the first text of their models is counted.
import { parentPort } from 'node:worker_threads';

/** Names one of OpenAI's encodings. */
export type EncodingName = 'cl100k' | 'o200k';

/** One text to count, in pieces that are counted apart. */
export interface CountRequest {
  readonly id: number;
  readonly encoding: EncodingName;
  readonly pieces: readonly string[];
}

/** The sum for one request; at least what the whole text has, as what is cut out of one token counts as more. */
export interface CountResponse {
  readonly id: number;
  readonly tokens: number;
}

type Encoding = (text: string) => number;

const loaded = new Map<EncodingName, Promise<Encoding>>();

parentPort?.on('message', async ({ id, encoding, pieces }: CountRequest) => {
  const count = await encodingOf(encoding);
  const tokens = pieces.reduce((sum, piece) => sum + count(piece), 0);
  parentPort?.postMessage({ id, tokens } satisfies CountResponse);
});

function encodingOf(name: EncodingName): Promise<Encoding> {
  const loading = loaded.get(name) ?? load(name);
  loaded.set(name, loading);
  return loading;
}

async function load(name: EncodingName): Promise<Encoding> {
  const { countTokens } =
    name === 'cl100k'
      ? await import('gpt-tokenizer/encoding/cl100k_base')
      : await import('gpt-tokenizer/encoding/o200k_base');
  const isText = { disallowedSpecial: new Set<string>() }; // what looks like a special token is text
  return (text) => countTokens(text, isText);
}
