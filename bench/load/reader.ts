// A reader on a raw socket: it writes a request and counts tokens by their mark alone, so that the load
// costs a fraction of any server. It parses only the HTTP head and no JSON.
import { connect, type Socket } from 'node:net';
import { stampAt, stampLength, tokenMark } from '../upstream/script.ts';

const mark = tokenMark.charCodeAt(0);

/** The request of a reader, and the listener for stamps. */
export interface ReaderOptions {
  readonly port: number;
  /** The whole request, as bytes on the wire; it must have `Connection: close`. */
  readonly request: string;
  /** Called with the delay of each stamped token, in milliseconds. */
  readonly onDelay?: (ms: number) => void;
  /** Keeps the body, to look at it later. */
  readonly keepsBody?: boolean;
}

/** Counts the tokens of one connection. */
export class Reader {
  tokens = 0;
  /** The received body, with `keepsBody`. */
  readonly body: Buffer[] = [];
  /** The response's head, once it has come. */
  head = '';
  readonly sentMs = performance.now();
  /** When the head and the first token came. */
  headMs = Number.NaN;
  firstMs = Number.NaN;
  readonly #responded = Promise.withResolvers<void>();
  readonly #first = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  /** Resolve when the head has come, with the first token, and at the end, which also resolves the others. */
  readonly responded = this.#responded.promise;
  readonly first = this.#first.promise;
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
      for (const { resolve } of [this.#responded, this.#first, this.#ended]) resolve();
    });
  }

  /** The `Stream-Id` that the head names. */
  get streamId(): string {
    return this.head.match(/^stream-id: (\S+)/im)?.[1] ?? '';
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
    let body = bytes;
    if (!this.head.endsWith('\r\n\r\n')) {
      const text = this.head + bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      this.head = end < 4 ? text : text.slice(0, end);
      if (end < 4) return;
      this.headMs = performance.now();
      this.#responded.resolve();
      body = Buffer.from(text.slice(end), 'latin1');
    }
    if (body.length > 0) this.#takeBody(body);
  }

  #takeBody(bytes: Buffer): void {
    if (this.#options.keepsBody) this.body.push(bytes);
    const found = countTokens(bytes, this.#options.onDelay);
    if (found > 0 && this.tokens === 0) {
      this.firstMs = performance.now();
      this.#first.resolve();
    }
    this.tokens += found;
    if (isLast(bytes)) this.close(); // some servers keep the connection, despite `Connection: close`
  }
}

/** Counts the marks in bytes and reports the delay of each one that a complete stamp follows. */
export function countTokens(bytes: Buffer, onDelay?: (ms: number) => void): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    count++;
    const sentMs = onDelay && stampAt(bytes, at + 1);
    if (sentMs !== undefined) onDelay?.(performance.now() - sentMs);
  }
  return count;
}

/** Reads the two stamps of a first token: when the upstream sent it, and when the request arrived there. */
export function firstStamps(bytes: Buffer): { sentMs: number; arrivedMs: number } | undefined {
  const at = bytes.indexOf(mark) + 1;
  const [sentMs, arrivedMs] = [stampAt(bytes, at), stampAt(bytes, at + stampLength)];
  return at === 0 || sentMs === undefined || arrivedMs === undefined ? undefined : { sentMs, arrivedMs };
}

/** The last chunk of a chunked body. No text of the bench ends in CR LF. */
const lastChunk = Buffer.from('0\r\n\r\n');

function isLast(bytes: Buffer): boolean {
  return bytes.length >= lastChunk.length && bytes.subarray(-lastChunk.length).equals(lastChunk);
}
