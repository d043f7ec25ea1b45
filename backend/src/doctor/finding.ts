// What one check of `sillage doctor` found.

/** One line of the output. Only a `problem` makes the command fail. */
export interface Finding {
  /** What was checked, as one word. */
  readonly check: string;
  /** `waiting` announces that a check takes long; what it found follows. */
  readonly level: 'ok' | 'warning' | 'problem' | 'waiting';
  readonly message: string;
  /** What to do; absent when nothing is to be done. */
  readonly advice?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message };
}

export function warning(check: string, message: string, advice: string): Finding {
  return { check, level: 'warning', message, advice };
}

export function problem(check: string, message: string, advice: string): Finding {
  return { check, level: 'problem', message, advice };
}

export function waiting(check: string, message: string): Finding {
  return { check, level: 'waiting', message };
}

/** Returns the message of an error and of its causes on one line. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const own = cause.message || (cause instanceof AggregateError ? wordsOf(cause.errors[0]) : code);
    if (own !== '') words.push(own);
  }
  return words.join(': ').replace(/\s+/g, ' ') || String(error);
}
