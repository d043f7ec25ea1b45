// Server-Sent Events parser: bytes in, events out, for any segmentation. Pure; on the hot path of every token.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
import { StringDecoder } from 'node:string_decoder';

/** Receives one event: its `data:` lines joined by LF, and its `event:` name, `''` for none. */
export type OnSseEvent = (data: string, name: string) => void;

/** Maximum event size in UTF-16 units: larger than any chunk, but small enough for many concurrent streams. */
const sseEventLimit = 1024 * 1024;
/** Overhead counted per line, since an event of many short lines also takes memory. */
const lineCost = 32;

/** Calls `onEvent` for each event as soon as its final blank line has arrived. Unlike a browser it also accepts an
 *  event that only the end of the stream terminates, since some providers omit the last blank line, and treats a
 *  line `error:` as an event, as older llama.cpp versions send it. */
export class SseParser {
  readonly #onEvent: OnSseEvent;
  readonly #limit: number;
  readonly #decoder = new StringDecoder('utf8');
  #isAtStart = true;
  #skipsLineFeed = false;
  #line = '';
  #data: string | undefined;
  #size = 0;
  #name = '';

  constructor(onEvent: OnSseEvent, { limit = sseEventLimit } = {}) {
    this.#onEvent = onEvent;
    this.#limit = limit;
  }

  /** Parses one read.
   *  @throws {RangeError} when one event exceeds the maximum size. */
  push(bytes: Buffer): void {
    this.#take(this.#decoder.write(bytes));
  }

  /** Handles the end of the stream. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#line !== '') this.#takeLine(this.#line);
    this.#line = '';
    this.#dispatch();
  }

  #take(decoded: string): void {
    const text = this.#withLineFeeds(decoded);
    let start = 0;
    let end = text.indexOf('\n');
    if (end >= 0 && this.#line !== '') {
      this.#takeLine(this.#line + text.slice(0, end));
      this.#line = '';
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    for (; end >= 0; end = text.indexOf('\n', start)) {
      this.#takeLine(text.slice(start, end));
      start = end + 1;
    }
    this.#line += text.slice(start);
    if (this.#line.length > this.#limit) throw tooLarge();
  }

  /** Normalizes every line end to LF. The LF of a CR at the end of a read may be in the next read. */
  #withLineFeeds(decoded: string): string {
    let text = decoded;
    if (text === '') return text;
    if (this.#isAtStart) {
      this.#isAtStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.#skipsLineFeed) {
      if (text.startsWith('\n')) text = text.slice(1);
      this.#skipsLineFeed = false;
    }
    if (!text.includes('\r')) return text;
    this.#skipsLineFeed = text.endsWith('\r');
    return text.replace(/\r\n?/g, '\n');
  }

  #takeLine(line: string): void {
    if (line === '') this.#dispatch();
    else if (line.startsWith('data:')) this.#addData(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5));
    else if (line === 'data') this.#addData('');
    else if (line.startsWith('error:')) this.#onEvent(line.slice(6), 'error');
    else if (line.startsWith('event:')) this.#name = line.slice(line.charCodeAt(6) === 0x20 ? 7 : 6);
  }

  #addData(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    this.#size += value.length + lineCost;
    if (this.#size > this.#limit + lineCost) throw tooLarge();
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    this.#data = undefined;
    this.#size = 0;
    this.#name = '';
    if (data !== undefined) this.#onEvent(data, name);
  }
}

function tooLarge(): RangeError {
  return new RangeError('An event of the provider is too large.');
}
