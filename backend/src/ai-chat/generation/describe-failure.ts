// Describes the failure of a reply for the log.
import { StreamError } from '@sillage/protocol';

/** Describes why a reply failed, in one line; an unexpected error with its stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof StreamError)) return String((error as Error).stack);
  if (error.code === 'internal') return `internal: ${String((error.cause as Error | undefined)?.stack)}`;
  return error.cause instanceof Error ? `${error.code}: ${error.cause.message}` : error.code;
}
