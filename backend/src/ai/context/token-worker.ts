// Worker thread that counts tokens without blocking the event loop. An encoding (about 70 MB) is loaded when the first
// text of one of its models is counted.
import { parentPort } from 'node:worker_threads';

/** Name of one of OpenAI's encodings. */
export type EncodingName = 'cl100k' | 'o200k';

/** One text to count, in pieces that are counted separately. */
export interface CountRequest {
  readonly id: number;
  readonly encoding: EncodingName;
  readonly pieces: readonly string[];
}

/** Token count of one request: the sum over its pieces. It is never too low, since a token that is cut counts more
 *  than once. */
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
  const isText = { disallowedSpecial: new Set<string>() }; // special tokens in a text are counted as plain text
  return (text) => countTokens(text, isText);
}
