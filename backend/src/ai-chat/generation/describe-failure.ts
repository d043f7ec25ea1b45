// What the log says of a reply that failed.
import { StreamError } from '@sillage/protocol';

/** Says on one line why a reply failed; a fault of our own with where it happened. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof StreamError)) return String((error as Error).stack);
  if (error.code === 'internal') return `internal: ${String((error.cause as Error | undefined)?.stack)}`;
  return error.cause instanceof Error ? `${error.code}: ${error.cause.message}` : error.code;
}
