// Runs all checks. None of them changes anything that a running server uses.
import { boundedCheck } from './bounded-check.ts';
import { type CheckLimits, defaultLimits } from './check-limits.ts';
import { type ClockReading, checkClock } from './clock.ts';
import type { Finding } from './finding.ts';
import { checkFolder } from './folder-check.ts';
import { checkPostgres } from './postgres-check.ts';
import { checkProviders } from './provider-check.ts';
import { checkProxy } from './proxy-check.ts';
import { checkRedis } from './redis-check.ts';
import { checkSettings } from './settings-check.ts';
import { checkSignIn } from './sign-in-check.ts';

/** Options of the checks. */
export interface DiagnoseOptions {
  /** The public URL. */
  readonly url: string | undefined;
  readonly limits?: Partial<CheckLimits>;
}

/** Yields what each check finds, in a fixed order, and that a check is waited for. */
export async function* diagnose(
  environment: Readonly<Record<string, string | undefined>>,
  { url, ...options }: DiagnoseOptions,
): AsyncGenerator<Finding> {
  const { config, findings } = checkSettings(environment);
  yield* findings;
  if (config === undefined) return;
  const limits = { ...defaultLimits, ...options.limits };
  const { databaseMs, redisMs, keysMs, providerMs, publicUrlMs } = limits;
  const { shared, dataDir } = config;
  const clocks: ClockReading[] = [];
  const found = (check: string, limitMs: number, run: () => Promise<Finding[]>) =>
    boundedCheck(check, run, { limitMs, noticeMs: limits.noticeMs });
  if (shared === undefined) {
    yield* found('folder', databaseMs, () => checkFolder(dataDir));
  } else {
    yield* found('database', databaseMs, () => checkPostgres(shared, { limitMs: databaseMs, clocks }));
    yield* found('redis', redisMs, () => checkRedis(shared.redisUrl, { limitMs: redisMs, clocks }));
  }
  yield* found('sign-in', keysMs, () => checkSignIn(config, keysMs));
  yield* found('provider', providerMs, () => checkProviders(config, { limitMs: providerMs, clocks }));
  const proxyOptions = { url, token: environment.SILLAGE_TOKEN, limitMs: publicUrlMs, clocks };
  yield* found('proxy', publicUrlMs, () => checkProxy(config, proxyOptions));
  yield* checkClock(clocks);
}
