// Logs an outage once when it begins and once when it is over, however many calls fail and succeed in between.
import { Logger } from '@nestjs/common';

/** Names of an outage and its timing. */
export interface OutageOptions {
  /** The context of the log lines. */
  readonly context: string;
  /** The lines, such as `The database cannot be written.` */
  readonly begun: string;
  readonly over: string;
  /** How long no call may fail after a success before the outage is over: on a full disk, small writes still succeed. */
  readonly quietMs: number;
}

/** One outage after another, of one thing that calls depend on. */
export class Outage {
  readonly #options: OutageOptions;
  readonly #logger: Logger;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
    this.#logger = new Logger(options.context);
  }

  /** Notes that a call has failed. */
  failed(error: unknown): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#since !== undefined) return;
    this.#since = performance.now();
    this.#logger.error(`${this.#options.begun} Cause: ${causesOf(error)}`);
  }

  /** Notes that a call has succeeded. Costs nothing while there is no outage. */
  succeeded(): void {
    if (this.#since === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#end(), this.#options.quietMs).unref();
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #end(): void {
    const seconds = ((performance.now() - (this.#since ?? 0)) / 1000).toFixed(1);
    this.#since = undefined;
    this.#timer = undefined;
    this.#logger.warn(`${this.#options.over} It lasted ${seconds} s.`);
  }
}

/** Describes an error and its causes in one line. */
function causesOf(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    messages.push(cause.message || code || cause.name);
  }
  return messages.length === 0 ? String(error) : messages.join(': ');
}
