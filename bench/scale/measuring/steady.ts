// Tokens: streams in the middle of their replies, with no start and no end meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../percentiles.ts';
import { costBy } from '../cost.ts';
import type { SteadyRun } from '../measured.ts';
import { priceOf, redisMemory, rest, type Setting, shareOf, windowMs } from './spending.ts';

/** Tokens a second of each stream. */
export const pace = 20;

/** On a busy machine Redis answers late, and tokens go together: such a run is worth less. */
const leastAsked = 0.97;
const rounds = 3;

/** Is so many streams, and how each is read. */
interface Size {
  readonly streams: number;
  readonly readersAStream: number;
  readonly readingNodes: number;
}

/** Is a run, and what Redis kept of each token. */
interface Found {
  readonly run: SteadyRun;
  readonly redisBytesAToken: number;
}

/** Measures streams at the pace of a model, each read at home, and by further readers one node after the other: all sizes
 *  in turn, a few times over, so that what the machine does meanwhile hits all of them alike. Returns medians. */
export async function measureSteady<Sizes extends readonly Size[]>(
  setting: Setting,
  sizes: Sizes,
): Promise<{ [Key in keyof Sizes]: Found }> {
  const found = sizes.map((): Found[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, size] of sizes.entries()) found[i]?.push(await play(setting, size));
  }
  return found.map(mediansOf) as { [Key in keyof Sizes]: Found };
}

function mediansOf(found: readonly Found[]): Found {
  const [{ run } = { run: { readersAStream: 0, readingNodes: 0 } }] = found;
  const cost = costBy((currency) => median(found.map((one) => one.run.cost[currency])));
  return { run: { ...run, cost }, redisBytesAToken: median(found.map(({ redisBytesAToken }) => redisBytesAToken)) };
}

async function play(setting: Setting, { streams, readersAStream, readingNodes }: Size): Promise<Found> {
  const { scene } = setting;
  const started = await scene.start(streams, { tokens: 1_000_000, rate: pace });
  if (readersAStream > 1) await scene.follow(started, { times: readersAStream - 1, rampMs: 1_000 });
  await delay(2_000);
  const memoryBefore = await redisMemory(scene);
  const { cost, tokens } = await priceOf(setting, () => delay(windowMs));
  const produced = tokens / readersAStream;
  const memory = (await redisMemory(scene)) - memoryBefore;
  await rest(scene);
  const share = shareOf(`a token with ${readersAStream} readers`, cost, produced);
  if (share.redisAsked < leastAsked * (1 + readingNodes))
    console.error('The machine was busy, and tokens went together.');
  return { run: { readersAStream, readingNodes, cost: share }, redisBytesAToken: memory / produced };
}
