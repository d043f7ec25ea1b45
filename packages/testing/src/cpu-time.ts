// The cost of a test's work, compared with other work of the same test: on a slow machine, both take longer.

/** Returns the CPU time that this thread has used since `before`, in milliseconds; exact to a tick of the kernel, about 4 ms. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Returns the CPU time of a loop that takes about 50 ms on a quiet machine: the unit in which tests say how long work may
 *  hold the event loop. */
export function yardstickMs(): number {
  const costs = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    let state = 1;
    for (let n = 0; n < 60_000_000; n++) state = Math.imul(state, 48_271) ^ n;
    if (Number.isNaN(state)) throw new Error('The loop must have a result.');
    return cpuMsSince(before);
  });
  return Math.min(...costs);
}

/** Returns by which factor `work` takes longer for `long` than for `short`. Both run by turns, and the shortest time of each
 *  counts, because other load of the machine only adds to a time; so one run should take a few milliseconds at most. */
export function growth<Input>(work: (input: Input) => unknown, { short, long }: { short: Input; long: Input }): number {
  const [shortest, longest] = [timer(work, short), timer(work, long)];
  for (let run = 0; run < 30; run++) {
    shortest.run();
    longest.run();
  }
  return longest.leastMs() / shortest.leastMs();
}

function timer<Input>(work: (input: Input) => unknown, input: Input) {
  let leastMs = Number.POSITIVE_INFINITY;
  const run = () => {
    const began = performance.now();
    work(input);
    leastMs = Math.min(leastMs, performance.now() - began);
  };
  return { run, leastMs: () => leastMs };
}
