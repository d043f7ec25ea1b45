// Selects the size of an exhaustive test. `npm test` runs the short one; `npm run test:all` sets SILLAGE_FULL and runs
// the full one.

/** Returns `full` if SILLAGE_FULL=1, else `short`: a number of rounds that still detects a violation. */
export function shortOrFull<T>({ short, full }: { short: T; full: T }): T {
  return process.env.SILLAGE_FULL === '1' ? full : short;
}
