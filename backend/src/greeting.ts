// What the server prints once it accepts requests, and when it cannot start.
import { StreamError } from '@sillage/protocol';
import { localSecret, localToken } from './auth/local-sign-in.ts';
import { type Config, ConfigError } from './config/config.ts';
import { originsOf } from './operations/origins.ts';

/** Returns the greeting with the links of a server that listens on `port`. With local sign-in, a link has its token. */
export async function greeting(config: Config, port: number): Promise<string> {
  const { ai, jwt, host, dataDir } = config;
  const isLocal = jwt.secret === undefined && jwt.jwksUrl === undefined;
  const fragment = isLocal ? `#token=${await localToken(localSecret(dataDir))}` : '';
  const links = originsOf(host, port).map((origin) => `${origin}/${fragment}`);
  const model = ai.apiUrl === undefined ? 'the demo model (set ai_api_key or ai_api_url for a real one)' : ai.model;
  return `Sillage is running, answered by ${model}.\n\n  Open ${links.join('\n    or ')}\n`;
}

/** Prints why the server cannot start: one message for an error that the operator can fix. Any other error is a bug and is
 *  printed with its stack. */
export function printStartError(error: unknown): void {
  const isExpected = error instanceof ConfigError || error instanceof StreamError || isSystemError(error);
  console.error(isExpected ? `Sillage cannot start.\n${(error as Error).message}` : error);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
