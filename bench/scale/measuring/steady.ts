// The cost of a token: streams in the middle of their replies, without starts and ends.
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../report/percentiles.ts';
import { costBy } from '../model/cost.ts';
import type { SteadyRun } from '../model/measured.ts';
import { type Baseline, measureCost, redisMemory, rest, shareOf, windowMs } from './spending.ts';

/** Tokens a second of each stream. */
export const pace = 20;

/** On a busy machine Redis answers late, and tokens share appends: such a run is less exact. */
const leastRequests = 0.97;
const rounds = 3;

/** The number of streams and their readers. */
interface Size {
  readonly streams: number;
  readonly readersAStream: number;
  readonly readingNodes: number;
}

/** A run, and the bytes that Redis stores for each token. */
interface SteadyResult {
  readonly run: SteadyRun;
  readonly redisBytesAToken: number;
}

/** Measures streams at a model's pace, read on the producer's node and by further readers on the other nodes. All sizes
 *  are measured in rotation, so that other load on the machine affects them equally. Returns medians. */
export async function measureSteady<Sizes extends readonly Size[]>(
  baseline: Baseline,
  sizes: Sizes,
): Promise<{ [Key in keyof Sizes]: SteadyResult }> {
  const found = sizes.map((): SteadyResult[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, size] of sizes.entries()) found[i]?.push(await measureSize(baseline, size));
  }
  return found.map(mediansOf) as { [Key in keyof Sizes]: SteadyResult };
}

function mediansOf(found: readonly SteadyResult[]): SteadyResult {
  const [{ run } = { run: { readersAStream: 0, readingNodes: 0 } }] = found;
  const cost = costBy((currency) => median(found.map((one) => one.run.cost[currency])));
  return { run: { ...run, cost }, redisBytesAToken: median(found.map(({ redisBytesAToken }) => redisBytesAToken)) };
}

async function measureSize(baseline: Baseline, { streams, readersAStream, readingNodes }: Size): Promise<SteadyResult> {
  const { testbed } = baseline;
  const started = await testbed.start(streams, { tokens: 1_000_000, rate: pace });
  if (readersAStream > 1) await testbed.follow(started, { times: readersAStream - 1, rampMs: 1_000 });
  await delay(2_000);
  const memoryBefore = await redisMemory(testbed);
  const { cost, tokens } = await measureCost(baseline, () => delay(windowMs));
  const produced = tokens / readersAStream;
  const memory = (await redisMemory(testbed)) - memoryBefore;
  await rest(testbed);
  const share = shareOf(`a token with ${readersAStream} readers`, cost, produced);
  if (share.redisRequests < leastRequests * (1 + readingNodes))
    console.error('The machine was busy, and tokens went together.');
  return { run: { readersAStream, readingNodes, cost: share }, redisBytesAToken: memory / produced };
}
