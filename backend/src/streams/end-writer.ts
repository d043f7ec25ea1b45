// Writes the end of a stream, without the parts that the database rejects: a stream always ends.
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { EndEvent, ReplyEnd } from '@sillage/protocol';
import type { Database, Statement } from '../database/database.ts';
import { StatementError } from '../database/statement-error.ts';
import { partsOf } from '../database/text-parts.ts';
import { describeError } from './describe-error.ts';
import type { LiveStream } from './live-stream.ts';
import { PartWriter, type Retrying } from './part-writer.ts';
import { StreamBodies } from './stream-bodies.ts';
import type { StreamRows } from './stream-rows.ts';
import type { ExtraStatements, MeasureUsage, OpenStream, WholeReply } from './stream-store.ts';
import { writeWithRetry } from './write-with-retry.ts';

/** An open stream and the end to write. */
export interface Ending {
  readonly stream: OpenStream & { readonly live: LiveStream };
  readonly end: ReplyEnd;
  readonly extraStatements: ExtraStatements;
  readonly measureUsage?: MeasureUsage | undefined;
  /** Builds further statements of the store, at the moment of the commit. */
  readonly ownStatements?: () => readonly Statement[];
}

/** The written end; `isWritten` is false when the stream had ended already or has another epoch. */
export interface WrittenEnd {
  readonly event: EndEvent;
  readonly isWritten: boolean;
}

/** A part of an end. All except `end` are left out when the database rejects them in every version; `unknown`: it rejects the
 *  transaction without naming a statement. */
type Part = 'end' | 'unknown' | 'text' | 'extra statements' | `extra statement ${number}`;

/** One way to write an end. */
interface Version {
  readonly event: EndEvent;
  readonly reply: WholeReply;
}

/** Writes ends, each in one transaction. */
export class EndWriter {
  readonly #database: Database;
  readonly #rows: StreamRows;
  readonly #bodies: StreamBodies;
  readonly #retrying: Retrying;
  readonly #now: () => number;
  readonly #parts: PartWriter;
  readonly #logger = new Logger(EndWriter.name);

  constructor(database: Database, rows: StreamRows, { now, ...retrying }: Retrying & { now: () => number }) {
    this.#database = database;
    this.#rows = rows;
    this.#bodies = new StreamBodies(database.query);
    this.#retrying = retrying;
    this.#now = now;
    this.#parts = new PartWriter(database, rows, retrying);
  }

  /** Writes an end. When the database rejects it, tries it without token counts, then as `internal`, then with less text for
   *  the extra statements. A part that is rejected in every version is left out. Retries while the storage fails.
   *  Rejects with an `AbortError` when the retries are aborted. */
  async write(ending: Ending): Promise<WrittenEnd> {
    const { live } = ending.stream;
    const offset = live.appended + 1;
    const parts = await partsOf(live.piecesOf('text'));
    const reasoning = await partsOf(live.piecesOf('reasoning'));
    const reply = { parts, reasoning };
    const versions = versionsOf(await this.#measured(ending, reply), { offset, reply });
    const leftOut = new Set<Part>();
    const logged = new Set<string>();
    for (;;) {
      let rejected: Part = 'unknown';
      for (const version of versions) {
        try {
          return { event: version.event, isWritten: await this.#attempt(ending, version, leftOut) };
        } catch (error) {
          if (!(error instanceof Rejection)) throw error;
          rejected = error.part;
          this.#log(ending, error, logged);
        }
      }
      await this.#leaveOut(rejected, leftOut);
    }
  }

  async #measured({ stream, end, measureUsage }: Ending, reply: WholeReply): Promise<ReplyEnd> {
    if (measureUsage === undefined) return end;
    const { usage: _, ...others } = end;
    try {
      const usage = await measureUsage(reply);
      return { ...others, ...(usage && { usage }) };
    } catch (error) {
      this.#logger.error(`The usage of stream ${stream.streamId} is unknown: ${describeError(error)}`);
      return others;
    }
  }

  /** Leaves out the rejected part; all parts that can be left out, if it is unknown. Where nothing more can be left out, waits
   *  and retries with all parts. */
  async #leaveOut(rejected: Part, leftOut: Set<Part>): Promise<void> {
    const isBare = leftOut.has('extra statements') && leftOut.has('text');
    if (rejected === 'unknown' && !isBare) return void leftOut.add('extra statements').add('text');
    if (rejected !== 'end' && rejected !== 'unknown') return void leftOut.add(rejected);
    leftOut.clear();
    const { retryMs, signal } = this.#retrying;
    await delay(retryMs, undefined, { signal });
  }

  /** Writes one version; `false` as in `WrittenEnd`.
   *  @throws {Rejection} */
  async #attempt(ending: Ending, { event, reply }: Version, leftOut: ReadonlySet<Part>): Promise<boolean> {
    const { stream, extraStatements, ownStatements = () => [] } = ending;
    const partOf = new Map<Statement, Part>();
    let others: Part = 'extra statements';
    try {
      const extra = leftOut.has('extra statements') ? [] : extraStatements(reply, event);
      const preliminary = extra.filter(({ isPreliminary }) => isPreliminary);
      for (const statement of preliminary) partOf.set(statement, 'extra statements');
      const last = extra.filter(({ isPreliminary }) => !isPreliminary);
      for (const [index, statement] of last.entries()) partOf.set(statement, `extra statement ${index}`);
      others = 'text';
      const body = await this.#writeParts(stream, preliminary, { hasText: !leftOut.has('text') });
      if (body === undefined) return false;
      for (const statement of body) partOf.set(statement, 'text');
      others = 'unknown';
      const kept = last.filter((statement) => !leftOut.has(partOf.get(statement) ?? 'unknown'));
      const endStatement = this.#rows.end(stream, event, { at: this.#now() });
      partOf.set(endStatement, 'end');
      const statements = [endStatement, ...body, ...kept];
      return await writeWithRetry(this.#database, () => [...statements, ...ownStatements()], {
        ...this.#retrying,
        isUrgent: true,
      });
    } catch (error) {
      if (this.#retrying.signal.aborted) throw error;
      const part = error instanceof StatementError ? partOf.get(error.statement) : undefined;
      throw new Rejection(part ?? others, error);
    }
  }

  /** Writes the preliminary statements and parts, and returns the statements that save the text; `undefined` when the stream
   *  has ended or has another epoch. */
  async #writeParts(
    stream: Ending['stream'],
    preliminary: readonly Statement[],
    { hasText }: { hasText: boolean },
  ): Promise<readonly Statement[] | undefined> {
    const { streamId, live } = stream;
    if (!hasText) return (await this.#parts.writeAll(stream, preliminary)) ? [] : undefined;
    const written = await this.#parts.write(stream, live, preliminary);
    return written && [this.#bodies.save(streamId, written), this.#bodies.dropErased(streamId)];
  }

  #log({ stream }: Ending, { part, cause }: Rejection, logged: Set<string>): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const line = `The database rejected the ${part} of the end of stream ${stream.streamId}: ${reason}`;
    if (!logged.has(line)) this.#logger.error(line, cause instanceof Error ? cause.stack : undefined);
    logged.add(line);
  }
}

/** A rejected part of an end; `cause` is the reason. */
class Rejection extends Error {
  readonly part: Part;

  constructor(part: Part, cause: unknown) {
    super(`rejected: ${part}`, { cause });
    this.part = part;
  }
}

/** Returns the versions of an end, the best first. */
function versionsOf(end: ReplyEnd, { offset, reply }: { offset: number; reply: WholeReply }): Version[] {
  const { finishReason, code, ...details } = end; // a new field is a detail: the end is also tried without it
  const plain = { finishReason, ...(code && { code }) };
  const internal = { finishReason: 'error', code: 'internal' } as const;
  const ends: (readonly [ReplyEnd, WholeReply])[] = [[end, reply]];
  if (Object.keys(details).length > 0) ends.push([plain, reply]);
  // The first parts need no preliminary statements.
  const { parts, reasoning } = reply;
  ends.push([internal, reply], [internal, { parts: [parts[0]], reasoning: [reasoning[0]] }]);
  ends.push([internal, { parts: [''], reasoning: [''] }]);
  return ends.map(([ended, reply]) => ({ event: { type: 'end', offset, ...ended }, reply }));
}
