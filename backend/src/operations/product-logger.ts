// The server's logger, in the form of `log-lines.ts`. Nest's `Logger` writes to it.
import type { LoggerService } from '@nestjs/common';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { DestinationStream, LoggerOptions } from 'pino';
import { logDestination, logOptions } from './log-lines.ts';

/** Creates the logger. pino keeps one per process: its level is that of the last call. */
export async function productLogger(level: LoggerOptions['level'] & string): Promise<LoggerService> {
  const stream = await logDestination();
  const params = { pinoHttp: [logOptions, stream] as [LoggerOptions, DestinationStream] };
  const logger = new Logger(new PinoLogger(params), params);
  PinoLogger.root.level = level;
  return logger;
}
