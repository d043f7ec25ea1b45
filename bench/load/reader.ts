// One reader on a raw socket: writes a request, then counts the tokens that come, by their mark alone, so that the load
// costs a fraction of what any server does. It parses no HTTP but the head, and no JSON.
import { connect, type Socket } from 'node:net';
import { microsBetween, nowMicros, stampAt, stampLength } from '../clock.ts';
import { tokenMark } from '../script.ts';

const mark = tokenMark.charCodeAt(0);

/** Says what to send, and whom to tell of stamps. */
export interface ReaderOptions {
  readonly port: number;
  /** The whole request, as bytes on the wire; it must ask for `Connection: close`. */
  readonly request: string;
  /** Gets the delay of each stamped token, in microseconds. */
  readonly onDelay?: ((micros: number) => void) | undefined;
  /** Keeps the body, to look at it later. */
  readonly keepsBody?: boolean | undefined;
}

/** Counts what one connection brings. */
export class Reader {
  tokens = 0;
  /** What came of the body, where it is kept. */
  readonly body: Buffer[] = [];
  /** The response's head, once it has come. */
  head = '';
  readonly sentMicros = nowMicros();
  firstByteMicros: number | undefined;
  /** Resolves with the bytes that brought the first token, or with undefined at the end, whichever is first. */
  readonly first: Promise<Buffer | undefined>;
  readonly ended: Promise<void>;
  /** Resolves when the head has come, or at the end. */
  readonly answered: Promise<void>;
  readonly #resolveAnswered: () => void;
  readonly #resolveFirst: (bytes: Buffer | undefined) => void;
  readonly #options: ReaderOptions;
  readonly #socket: Socket;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const { port, request } = options;
    const first = Promise.withResolvers<Buffer | undefined>();
    this.first = first.promise;
    this.#resolveFirst = first.resolve;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    const answered = Promise.withResolvers<void>();
    this.answered = answered.promise;
    this.#resolveAnswered = answered.resolve;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.write(request);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => {}); // `close` follows, and a reply that is not whole is seen by its count
    socket.once('close', () => {
      first.resolve(undefined);
      answered.resolve();
      ended.resolve();
    });
  }

  /** The `Stream-Id` that the head names. */
  get streamId(): string | undefined {
    return this.head.match(/^stream-id: (\S+)/im)?.[1];
  }

  get status(): number {
    return Number(this.head.slice(9, 12));
  }

  /** What has come so far, the head too. */
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
      this.#resolveAnswered();
    }
    if (from < bytes.length) this.#takeBody(from === 0 ? bytes : bytes.subarray(from));
  }

  #takeBody(bytes: Buffer): void {
    if (this.#options.keepsBody) this.body.push(bytes);
    const found = countTokens(bytes, this.#options.onDelay);
    if (found > 0 && this.tokens === 0) {
      this.firstByteMicros = nowMicros();
      this.#resolveFirst(bytes);
    }
    this.tokens += found;
    if (isLast(bytes)) this.close(); // some servers keep the connection, though asked to close it
  }
}

/** Counts the marks in bytes, and tells the delay of each one that a whole stamp follows. */
export function countTokens(bytes: Buffer, onDelay?: (micros: number) => void): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    count++;
    const sent = onDelay && stampAt(bytes, at + 1);
    if (sent !== undefined) onDelay?.(microsBetween(sent, nowMicros()));
  }
  return count;
}

/** Reads the two stamps of a first token: when the upstream sent it, and when the request had come to it. */
export function firstStamps(bytes: Buffer): { sent: number; arrived: number } | undefined {
  const at = bytes.indexOf(mark) + 1;
  const sent = stampAt(bytes, at);
  const arrived = stampAt(bytes, at + stampLength);
  return at === 0 || sent === undefined || arrived === undefined ? undefined : { sent, arrived };
}

/** The chunk of length 0; no text here ends in CR LF. */
const lastChunk = Buffer.from('0\r\n\r\n');

function isLast(bytes: Buffer): boolean {
  return bytes.length >= lastChunk.length && bytes.subarray(-lastChunk.length).equals(lastChunk);
}
