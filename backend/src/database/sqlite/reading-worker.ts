// Worker thread that runs long reads of the embedded database, on a connection of its own that cannot write.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** A statement to run, with an id for its response. */
export interface ReadRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** The rows of a statement, or the message of its error. */
export interface ReadResponse {
  readonly id: number;
  readonly rows?: Record<string, unknown>[];
  readonly error?: string;
}

const connection = new DatabaseSync(workerData, { readOnly: true, timeout: 5_000 });

parentPort?.on('message', ({ id, sql, parameters }: ReadRequest) => {
  parentPort?.postMessage({ id, ...read(sql, parameters) } satisfies ReadResponse);
});

function read(sql: string, parameters: readonly SQLInputValue[]): Omit<ReadResponse, 'id'> {
  try {
    return { rows: connection.prepare(sql).all(...parameters) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
