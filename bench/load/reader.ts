// A reader on a raw socket: it writes a request and counts tokens by their mark alone, so that the load
// costs a fraction of any server. It parses only the HTTP head and no JSON.
import { connect, type Socket } from 'node:net';
import { microsBetween, nowMicros, stampAt, stampLength } from '../testbed/clock.ts';
import { tokenMark } from '../upstream/script.ts';

const mark = tokenMark.charCodeAt(0);

/** The request of a reader, and the listener for stamps. */
export interface ReaderOptions {
  readonly port: number;
  /** The whole request, as bytes on the wire; it must have `Connection: close`. */
  readonly request: string;
  /** Called with the delay of each stamped token, in microseconds. */
  readonly onDelay?: ((micros: number) => void) | undefined;
  /** Keeps the body, to look at it later. */
  readonly keepsBody?: boolean | undefined;
}

/** Counts the tokens of one connection. */
export class Reader {
  tokens = 0;
  /** The received body, with `keepsBody`. */
  readonly body: Buffer[] = [];
  /** The response's head, once it has come. */
  head = '';
  readonly sentMicros = nowMicros();
  firstByteMicros: number | undefined;
  readonly #first = Promise.withResolvers<Buffer | undefined>();
  readonly #responded = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves with the bytes that hold the first token, or with undefined when the connection ends before it. */
  readonly first = this.#first.promise;
  /** Resolves when the head has come, or at the end. */
  readonly responded = this.#responded.promise;
  readonly ended = this.#ended.promise;
  readonly #options: ReaderOptions;
  readonly #socket: Socket;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    this.#socket.write(options.request);
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('error', () => {}); // `close` follows, and a reply that is not whole is seen by its count
    this.#socket.once('close', () => {
      this.#first.resolve(undefined);
      this.#responded.resolve();
      this.#ended.resolve();
    });
  }

  /** The `Stream-Id` that the head names. */
  get streamId(): string | undefined {
    return this.head.match(/^stream-id: (\S+)/im)?.[1];
  }

  get status(): number {
    return Number(this.head.slice(9, 12));
  }

  /** The bytes received so far, including the head. */
  get bytes(): number {
    return this.#socket.bytesRead;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    let from = 0;
    if (!this.head.includes('\r\n\r\n')) {
      this.head += bytes.toString('latin1');
      const end = this.head.indexOf('\r\n\r\n');
      if (end < 0) return;
      from = bytes.length - (this.head.length - end - 4);
      this.head = this.head.slice(0, end + 4);
      this.#responded.resolve();
    }
    if (from < bytes.length) this.#takeBody(from === 0 ? bytes : bytes.subarray(from));
  }

  #takeBody(bytes: Buffer): void {
    if (this.#options.keepsBody) this.body.push(bytes);
    const found = countTokens(bytes, this.#options.onDelay);
    if (found > 0 && this.tokens === 0) {
      this.firstByteMicros = nowMicros();
      this.#first.resolve(bytes);
    }
    this.tokens += found;
    if (isLast(bytes)) this.close(); // some servers keep the connection, despite `Connection: close`
  }
}

/** Counts the marks in bytes and reports the delay of each one that a complete stamp follows. */
export function countTokens(bytes: Buffer, onDelay?: (micros: number) => void): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    count++;
    const sent = onDelay && stampAt(bytes, at + 1);
    if (sent !== undefined) onDelay?.(microsBetween(sent, nowMicros()));
  }
  return count;
}

/** Reads the two stamps of a first token: when the upstream sent it, and when the request arrived there. */
export function firstStamps(bytes: Buffer): { sent: number; arrived: number } | undefined {
  const at = bytes.indexOf(mark) + 1;
  const sent = stampAt(bytes, at);
  const arrived = stampAt(bytes, at + stampLength);
  return at === 0 || sent === undefined || arrived === undefined ? undefined : { sent, arrived };
}

/** The last chunk of a chunked body. No text of the bench ends in CR LF. */
const lastChunk = Buffer.from('0\r\n\r\n');

function isLast(bytes: Buffer): boolean {
  return bytes.length >= lastChunk.length && bytes.subarray(-lastChunk.length).equals(lastChunk);
}
