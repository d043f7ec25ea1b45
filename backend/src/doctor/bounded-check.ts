// Bounds a check that should bound itself, so that the command always ends, and says what it waits for.
import { setTimeout as delay } from 'node:timers/promises';
import { secondsOf } from './check-limits.ts';
import { type Finding, problem, waiting, wordsOf } from './finding.ts';

/** Yields what a check finds, and before that, where it takes long, that it is waited for. A check that does not end within twice
 *  its limit is left behind. */
export async function* boundedCheck(
  check: string,
  run: () => Promise<Finding[]>,
  { limitMs, noticeMs }: { limitMs: number; noticeMs: number },
): AsyncGenerator<Finding> {
  const over = new AbortController();
  const after = (ms: number, finding: Finding) => delay(ms, [finding], { signal: over.signal });
  const advice = 'What it connects to accepts connections, but does not answer: restart it, or check the network.';
  const result = Promise.race([
    run().catch((error) => [problem(check, `the check itself failed (${wordsOf(error)})`, 'Please report it.')]),
    after(2 * limitMs, problem(check, `the check did not end within ${secondsOf(2 * limitMs)}`, advice)),
  ]);
  try {
    const [first] = await Promise.race([result, after(noticeMs, waiting(check, `up to ${secondsOf(limitMs)}`))]);
    if (first?.level === 'waiting') yield first;
    yield* await result;
  } finally {
    over.abort();
  }
}
