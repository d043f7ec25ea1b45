// Runs a node on every core: starts the workers, starts a worker again that has died, and ends all of them on a signal. The
// primary serves no request: the workers share the listening socket, and the one that is free first accepts a connection.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { pino } from 'pino';
import { readConfig } from '../config/config.ts';
import { greeting, printStartError } from '../greeting.ts';
import { logDestination, logOptions } from '../operations/log-lines.ts';
import { surviveLostOutput } from '../operations/lost-output.ts';
import { closeWorker, type RunningWorker, workerNumberVariable } from './worker-process.ts';
import { workersOf } from './workers-option.ts';

/** Delay before a dead worker is started again, doubled each time that it dies soon after its start. */
const restartMs = { first: 500, most: 30_000 };
/** How long a worker must have lived for its death to count as the first one. */
const steadyMs = 60_000;

/** Runs the workers of the command line `args` until a signal; exits with 1 when the first one cannot start. */
export async function runWorkers(args: readonly string[]): Promise<void> {
  surviveLostOutput(process);
  try {
    const config = readConfig(process.env);
    const count = workersOf(args, config);
    const log = pino({ ...logOptions, level: config.logLevel }, await logDestination());
    // A connection that a primary hands over is lost with a worker that dies at that moment, and its client waits for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    const primary = new Primary((level, line) => log[level]({ context: 'Workers' }, line));
    process.on('SIGTERM', () => primary.close());
    process.on('SIGINT', () => primary.close());
    const port = await primary.start(count);
    console.log(await greeting(config, port));
  } catch (error) {
    printStartError(error);
    process.exit(1);
  }
}

/** Writes a line to the log. */
type Log = (level: 'info' | 'error', line: string) => void;

class Primary {
  readonly #log: Log;
  readonly #workers = new Map<number, Worker>();
  #isClosing = false;
  #exitCode = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Starts the first worker, which migrates the database, then the others. Resolves with the port once the first one
   *  accepts connections; ends the process when it cannot start, as it has printed why. */
  async start(count: number): Promise<number> {
    const first = this.#fork(0);
    first.once('exit', this.#endWithFirst);
    const [{ port }] = (await once(first, 'message')) as [RunningWorker]; // it listens to its metrics before
    first.off('exit', this.#endWithFirst);
    this.#keepAlive(first, { number: 0, deaths: 0 });
    for (let number = 1; number < count && !this.#isClosing; number++) {
      this.#keepAlive(this.#fork(number), { number, deaths: 0 });
    }
    return port;
  }

  /** Ends all workers gracefully; called again, at once. The process exits with the last of them. */
  close(): void {
    const isSecond = this.#isClosing;
    this.#isClosing = true;
    if (isSecond) this.#exitCode = 1;
    for (const worker of this.#workers.values()) {
      if (isSecond || !worker.isConnected()) worker.process.kill('SIGKILL');
      else worker.send(closeWorker);
    }
    this.#exitIfDone();
  }

  readonly #endWithFirst = (code: number | null) => process.exit(this.#isClosing ? 0 : (code ?? 1));

  #fork(number: number): Worker {
    const worker = cluster.fork({ [workerNumberVariable]: `${number}` });
    worker.on('error', () => {}); // a message to a worker that has just died
    this.#workers.set(number, worker);
    return worker;
  }

  /** Starts the worker again when it dies. */
  #keepAlive(worker: Worker, { number, deaths }: { number: number; deaths: number }): void {
    const startedAt = performance.now();
    worker.once('exit', (code, signal) => {
      this.#workers.delete(number);
      if (this.#isClosing) {
        if (code !== 0) this.#exitCode = 1;
        return this.#exitIfDone();
      }
      const isSteady = performance.now() - startedAt > steadyMs;
      const before = isSteady ? 0 : deaths;
      const delayMs = Math.min(restartMs.most, restartMs.first * 2 ** before);
      const cause = signal ? `by ${signal}` : `with exit code ${code}`;
      const which = `Worker ${number} (process ${worker.process.pid})`;
      this.#log('error', `${which} ended ${cause}. It is started again in ${delayMs / 1_000} s.`);
      setTimeout(() => this.#restart(number, before + 1), delayMs);
    });
  }

  #restart(number: number, deaths: number): void {
    if (this.#isClosing) return;
    const worker = this.#fork(number);
    worker.once('message', () => this.#log('info', `Worker ${number} (process ${worker.process.pid}) runs again.`));
    this.#keepAlive(worker, { number, deaths });
  }

  #exitIfDone(): void {
    if (this.#workers.size === 0) process.exit(this.#exitCode);
  }
}
