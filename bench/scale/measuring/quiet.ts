// Streams that are under way and say nothing: what they hold, what looking after them costs, and what it costs to come
// and read one on another node.
import { setTimeout as delay } from 'node:timers/promises';
import { memoryKb } from '../../machine.ts';
import { beyond, type Cost, times } from '../cost.ts';
import type { Sizes } from '../measured.ts';
import type { Scene } from '../scene.ts';
import { priceOf, redisMemory, rest, type Setting, shareOf, windowMs } from './spending.ts';

const count = 1_500;
const settleMs = 2_000;

/** Is what was found; sizes are of one stream, and of one reader more. */
export interface QuietFound {
  readonly second: Cost;
  readonly open: Cost;
  readonly sizes: Pick<Sizes, 'nodeKbAStream' | 'nodeKbAReader' | 'redisBytesAStream'>;
}

/** Opens streams that say one word, watches them, then opens a reader of each on another node. */
export async function measureQuiet(setting: Setting): Promise<QuietFound> {
  const { scene } = setting;
  const [kbAtFirst, bytesAtFirst] = [nodesKb(scene), await redisMemory(scene)];
  const started = await scene.start(count, { tokens: 1, holds: true });
  await delay(settleMs);
  const [kbWithStreams, bytesWithStreams] = [nodesKb(scene), await redisMemory(scene)];
  const watched = await priceOf(setting, () => delay(windowMs));
  const second = shareOf('a second of a quiet stream', watched.cost, count * watched.seconds);
  const opened = await priceOf(setting, () => scene.follow(started, { times: 1, rampMs: 3_000 }));
  const open = shareOf('a reader that comes', beyond(opened.cost, times(second, count * opened.seconds)), count);
  await delay(settleMs);
  const kbWithReaders = nodesKb(scene);
  await rest(scene);
  const sizes = {
    nodeKbAStream: (kbWithStreams - kbAtFirst) / count,
    nodeKbAReader: (kbWithReaders - kbWithStreams) / count,
    redisBytesAStream: (bytesWithStreams - bytesAtFirst) / count,
  };
  return { second, open, sizes };
}

function nodesKb({ cluster }: Scene): number {
  return cluster.nodes.reduce((sum, { pid }) => sum + memoryKb(pid), 0);
}
