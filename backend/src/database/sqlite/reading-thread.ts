// Runs long reads of the embedded database in a worker thread, which starts with the first one. In write-ahead mode a read
// sees what was committed when it began, and delays no write.
import { extname } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import type { ReadRequest, ReadResponse } from './reading-worker.ts';

/** The thread as a driver of Kysely. Its owner closes it with `destroy`. */
export class ReadingThread implements Driver, DatabaseConnection {
  readonly #logger = new Logger('DataFolder');
  readonly #file: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>[]>>();
  #worker: Worker | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws {StreamError} `storage` when the database is closed or its thread has failed. */
  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#isClosed) throw new StreamError('storage', 'The database is closed.');
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Record<string, unknown>[]>();
    this.#waiting.set(id, waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, sql, parameters: parameters as SQLInputValue[] } satisfies ReadRequest);
    return { rows: (await waiting.promise) as Row[] };
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#fail(new StreamError('storage', 'The database is closed.'));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // The worker is a separate file beside this one: TypeScript in the sources, JavaScript after a build.
    const url = new URL(`./reading-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(url, { workerData: this.#file });
    worker.unref();
    worker.on('message', ({ id, rows, error }: ReadResponse) => {
      if (rows === undefined) this.#waiting.get(id)?.reject(new Error(error));
      else this.#waiting.get(id)?.resolve(rows);
      this.#waiting.delete(id);
    });
    worker.on('error', (error: Error) => {
      this.#logger.error(`A search failed, the next one starts its thread again: ${error.stack}`);
      this.#worker = undefined;
      this.#fail(new StreamError('storage', 'The database cannot be read.', { cause: error }));
    });
    return worker;
  }

  #fail(error: StreamError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this;
  }

  async releaseConnection(): Promise<void> {}

  // biome-ignore lint/correctness/useYield: Kysely's interface; no read of this thread is streamed
  async *streamQuery(): AsyncGenerator<never> {
    throw new Error('This connection streams no rows.');
  }

  beginTransaction = refuseTransaction;
  commitTransaction = refuseTransaction;
  rollbackTransaction = refuseTransaction;
}

async function refuseTransaction(): Promise<void> {
  throw new Error('This connection only reads.');
}
