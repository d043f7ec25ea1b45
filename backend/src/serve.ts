// Reads the settings, starts the server and prints its link.
import type { INestApplication } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { createApp } from './app.ts';
import { localSecret, localToken } from './auth/local-sign-in.ts';
import { type Config, ConfigError, readConfig } from './config/config.ts';
import { surviveLostOutput } from './operations/lost-output.ts';
import { originsOf } from './operations/origins.ts';
import { type ServerTraces, startTracing } from './operations/tracing/start-tracing.ts';

/** The application, once it accepts requests. */
let running: INestApplication | undefined;
let traces: ServerTraces | undefined;
let isClosing = false;

/** Starts the server of `process.env` and prints its link; exits with 1 when it cannot start. */
export async function serve(): Promise<void> {
  surviveLostOutput(process);
  process.on('SIGTERM', endOnSignal);
  process.on('SIGINT', endOnSignal);
  try {
    const config = readConfig(process.env);
    traces = await startTracing(process.env);
    const app = await createApp(config);
    await app.listen(config.port, config.host);
    running = app;
    console.log(await greeting(config, new URL(await app.getUrl()).port));
  } catch (error) {
    // An error that the operator can fix is printed as one message; any other error is a bug and printed with its stack.
    const isExpected = error instanceof ConfigError || error instanceof StreamError || isSystemError(error);
    console.error(isExpected ? `Sillage cannot start.\n${(error as Error).message}` : error);
    process.exit(1);
  }
}

/** Handles a signal. During startup the process exits at once, which is safe because every write is one transaction. Later
 *  the first signal shuts down gracefully and the second exits at once. */
async function endOnSignal(): Promise<void> {
  if (running === undefined) process.exit(0);
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

async function greeting(config: Config, port: string): Promise<string> {
  const { ai, jwt, host, dataDir } = config;
  const isLocal = jwt.secret === undefined && jwt.jwksUrl === undefined;
  const fragment = isLocal ? `#token=${await localToken(localSecret(dataDir))}` : '';
  const links = originsOf(host, Number(port) || 80).map((origin) => `${origin}/${fragment}`);
  const model = ai.apiUrl === undefined ? 'the demo model (set ai_api_key or ai_api_url for a real one)' : ai.model;
  return `Sillage is running, answered by ${model}.\n\n  Open ${links.join('\n    or ')}\n`;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
