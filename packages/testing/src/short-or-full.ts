// Selects the size of an exhaustive test. `npm test` runs the short one; `npm run test:all` sets SILLAGE_TESTS and runs
// the full one.

/** Returns `full` if SILLAGE_TESTS is `full` or `rest`, else `short`: a number of rounds that still detects a violation. */
export function shortOrFull<T>({ short, full }: { short: T; full: T }): T {
  return /^(full|rest)$/.test(process.env.SILLAGE_TESTS ?? '') ? full : short;
}

/** Returns all cases of an exhaustive test in full, and every third and the last in the short run. */
export function someOrAll<T>(cases: readonly T[]): T[] {
  return cases.filter((_, index) => shortOrFull({ short: index % 3 === 0 || index === cases.length - 1, full: true }));
}
