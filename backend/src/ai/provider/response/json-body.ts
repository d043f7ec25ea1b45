// Parses a body that is JSON instead of an event stream: one object, or one per line (NDJSON).
import { StringDecoder } from 'node:string_decoder';

/** Maximum buffered length in UTF-16 units: more than any reply, but small enough for many concurrent streams. */
const bodyLimit = 4 * 1024 * 1024;

/** Calls `onObject` with the text of each object: per line as soon as it is complete, or for a whole body at its
 *  end. */
export class JsonBody {
  readonly #onObject: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #hasLines: boolean | undefined;

  constructor(onObject: (text: string) => void) {
    this.#onObject = onObject;
  }

  /** Adds text of the body.
   *  @throws {RangeError} when the buffered part of the body is too large. */
  push(bytes: Buffer): void {
    this.#text += this.#decoder.write(bytes);
    this.#takeLines();
    if (this.#text.length > bodyLimit) throw new RangeError('The JSON of the provider is too large.');
  }

  end(): void {
    const text = (this.#text + this.#decoder.end()).trim();
    this.#text = '';
    if (text !== '') this.#onObject(withoutMark(text));
  }

  #takeLines(): void {
    if (this.#hasLines === false || !this.#text.includes('\n')) return;
    const lines = this.#text.split('\n');
    this.#hasLines ??= isObject(withoutMark(lines[0]?.trim() ?? ''));
    if (!this.#hasLines) return;
    this.#text = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#onObject(withoutMark(line.trim()));
  }
}

/** Whether a body is JSON, by its first character; `undefined` if it contains only white space so far. */
export function isJson(bytes: Buffer): boolean | undefined {
  const text = withoutMark(bytes.subarray(0, 1_024).toString('utf8')).trimStart();
  return text === '' ? undefined : text.startsWith('{') || text.startsWith('[');
}

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
