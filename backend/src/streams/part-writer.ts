// Writes the parts of a long text in small transactions. They are not read until a later transaction writes the first part
// with the number of parts.
import type { Database, Statement } from '../database/database.ts';
import { partLength } from '../database/text-parts.ts';
import type { LiveStream } from './live-stream.ts';
import { type Body, StreamBodies } from './stream-bodies.ts';
import type { StreamRows } from './stream-rows.ts';
import type { OpenStream } from './stream-store.ts';
import { writeWithRetry } from './write-with-retry.ts';

/** Time between attempts to write, and what ends them. */
export interface Retrying {
  readonly retryMs: number;
  readonly signal: AbortSignal;
}

/** The first part of a text, which the caller writes, and the number of further parts, which are written. */
export interface WrittenParts {
  readonly first: Body;
  readonly parts: number;
}

/** Writes parts while the stream is open and has the epoch of the producer. */
export class PartWriter {
  readonly #database: Database;
  readonly #rows: StreamRows;
  readonly #bodies: StreamBodies;
  readonly #retrying: Retrying;

  constructor(database: Database, rows: StreamRows, retrying: Retrying) {
    this.#database = database;
    this.#rows = rows;
    this.#bodies = new StreamBodies(database.query);
    this.#retrying = retrying;
  }

  /** Writes every part of the text except the first, each with one preliminary statement. Resolves with `undefined` when the
   *  stream has ended or has another epoch.
   *  @throws {StatementError} */
  async write(
    stream: OpenStream,
    live: LiveStream,
    preliminary: readonly Statement[] = [],
  ): Promise<WrittenParts | undefined> {
    const { streamId } = stream;
    const bodies = live.bodyParts(partLength);
    const first = bodies.next().value ?? [];
    const others = [...preliminary];
    let parts = 0;
    for (const body of bodies) {
      const begin = parts === 0 ? [this.#bodies.begin(streamId, first)] : [];
      const part = this.#bodies.savePart(streamId, ++parts, body);
      if (!(await this.#writeClaimed(stream, [...begin, part, ...others.splice(0, 1)]))) return undefined;
    }
    return (await this.writeAll(stream, others)) ? { first, parts } : undefined;
  }

  /** Writes preliminary statements, one per transaction. Resolves with `false` when the stream has ended or has another epoch.
   *  @throws {StatementError} */
  async writeAll(stream: OpenStream, preliminary: readonly Statement[]): Promise<boolean> {
    for (const statement of preliminary) {
      if (!(await this.#writeClaimed(stream, [statement]))) return false;
    }
    return true;
  }

  #writeClaimed(stream: OpenStream, statements: readonly Statement[]): Promise<boolean> {
    return writeWithRetry(this.#database, [this.#rows.claim(stream), ...statements], this.#retrying);
  }
}
