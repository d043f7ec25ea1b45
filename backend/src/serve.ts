// Reads the settings, starts the server and prints its link. Also what each worker of `workers/primary.ts` runs.
import cluster from 'node:cluster';
import type { INestApplication } from '@nestjs/common';
import { createApp } from './app.ts';
import { readConfig } from './config/config.ts';
import { greeting, printStartError } from './greeting.ts';
import { surviveLostOutput } from './operations/lost-output.ts';
import { type ServerTraces, startTracing } from './operations/tracing/start-tracing.ts';
import { closeWorker, type RunningWorker, workerConfig } from './workers/worker-process.ts';

/** The application, once it accepts requests. */
let running: INestApplication | undefined;
let traces: ServerTraces | undefined;
let isClosing = false;

/** Starts the server of `process.env` and prints its link; exits with 1 when it cannot start. */
export async function serve(): Promise<void> {
  surviveLostOutput(process);
  process.on('SIGTERM', endOnSignal);
  process.on('SIGINT', endOnSignal);
  if (cluster.isWorker) process.on('message', (message) => message === closeWorker && void endOnSignal());
  try {
    const config = workerConfig(readConfig(process.env));
    traces = await startTracing(process.env);
    const app = await createApp(config);
    await app.listen(config.port, config.host);
    running = app;
    const port = Number(new URL(await app.getUrl()).port) || 80;
    if (cluster.isWorker) process.send?.({ port } satisfies RunningWorker);
    else console.log(await greeting(config, port));
  } catch (error) {
    printStartError(error);
    process.exit(1);
  }
}

/** Handles a signal. During startup the process exits at once, which is safe because every write is one transaction. Later
 *  the first signal shuts down gracefully and the second exits at once; of a worker, only its primary ends it at once,
 *  because a terminal and systemd send their signal to both. */
async function endOnSignal(): Promise<void> {
  if (running === undefined) process.exit(0);
  if (isClosing && cluster.isWorker) return;
  if (isClosing) process.exit(1);
  isClosing = true;
  try {
    await running.close();
    await traces?.shutdown();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
