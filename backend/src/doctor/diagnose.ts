// Runs all checks. None of them changes anything that a running server uses.
import { type ClockReading, checkClock } from './clock.ts';
import { type Finding, problem, wordsOf } from './finding.ts';
import { checkFolder } from './folder-check.ts';
import { checkPostgres } from './postgres-check.ts';
import { checkProviders } from './provider-check.ts';
import { checkProxy } from './proxy-check.ts';
import { checkRedis } from './redis-check.ts';
import { checkSettings } from './settings-check.ts';
import { checkSignIn } from './sign-in-check.ts';

/** Yields what each check finds, in a fixed order. `url` is the public URL. */
export async function* diagnose(
  environment: Readonly<Record<string, string | undefined>>,
  { url }: { url: string | undefined },
): AsyncGenerator<Finding> {
  const { config, findings } = checkSettings(environment);
  yield* findings;
  if (config === undefined) return;
  const { shared, dataDir } = config;
  const clocks: ClockReading[] = [];
  if (shared === undefined) {
    yield* await found('folder', () => checkFolder(dataDir));
  } else {
    yield* await found('database', () => checkPostgres(shared, clocks));
    yield* await found('redis', () => checkRedis(shared.redisUrl, clocks));
  }
  yield* await found('sign-in', () => checkSignIn(config));
  yield* await found('provider', () => checkProviders(config, clocks));
  yield* await found('proxy', () => checkProxy(config, { url, token: environment.SILLAGE_TOKEN }, clocks));
  yield* checkClock(clocks);
}

async function found(check: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [problem(check, `the check itself failed (${wordsOf(error)})`, 'Please report it.')];
  }
}
