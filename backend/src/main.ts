#!/usr/bin/env node
// Starts the product: settings, server, and the link that a person opens.
import type { INestApplication } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { createApp } from './app.ts';
import { localSecret, localToken } from './auth/local-sign-in.ts';
import { type Config, ConfigError, readConfig } from './config/config.ts';
import { surviveLostOutput } from './operations/lost-output.ts';

/** The application, from the moment in which it serves. */
let serving: INestApplication | undefined;
let isClosing = false;

surviveLostOutput(process);
process.on('SIGTERM', endOnSignal);
process.on('SIGINT', endOnSignal);
try {
  const config = readConfig(process.env);
  const app = await createApp(config);
  await app.listen(config.port, config.host);
  serving = app;
  console.log(await greeting(config, new URL(await app.getUrl()).port));
} catch (error) {
  // What a person can mend is said in a line; anything else is a bug, and shown whole.
  const isExpected = error instanceof ConfigError || error instanceof StreamError || isSystemError(error);
  console.error(isExpected ? `Sillage cannot start.\n${(error as Error).message}` : error);
  process.exit(1);
}

/** Exits at once during the start, where nothing is under way and whatever is written is one transaction. Later the first
 *  signal ends what is under way, the second exits at once. */
async function endOnSignal(): Promise<void> {
  if (serving === undefined) process.exit(0);
  if (isClosing) process.exit(1);
  isClosing = true;
  try {
    await serving.close();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

async function greeting(config: Config, port: string): Promise<string> {
  const { ai, jwt, host, dataDir } = config;
  const isLocal = jwt.secret === undefined && jwt.jwksUrl === undefined;
  const origin = `http://${host === '127.0.0.1' || host === '::1' ? 'localhost' : host}:${port || 80}`;
  const link = isLocal ? `${origin}/#token=${await localToken(localSecret(dataDir))}` : `${origin}/`;
  const model = ai.apiUrl === undefined ? 'the demo model (set ai_api_key or ai_api_url for a real one)' : ai.model;
  return `Sillage is running, answered by ${model}.\n\n  Open ${link}\n`;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
