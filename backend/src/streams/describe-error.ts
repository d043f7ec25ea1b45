// Errors in the log.

/** Describes an error with its stack and its cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.stack} because of ${error.cause}`;
}
