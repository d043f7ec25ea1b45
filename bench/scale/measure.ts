// Measures what a cluster spends on each thing it does, one after the other, against what it spends on nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { machineName } from '../machine.ts';
import { times } from './cost.ts';
import type { Measured } from './measured.ts';
import { measureQuiet } from './measuring/quiet.ts';
import { measureReplies } from './measuring/replies.ts';
import { rest, type Setting } from './measuring/spending.ts';
import { measureHints, measureIdle, measureKnownNodes } from './measuring/standing.ts';
import { measureSteady, pace } from './measuring/steady.ts';
import { readInfo } from './redis-info.ts';
import { openScene, type Scene } from './scene.ts';

/** So many streams that a small machine is not full. */
const sizes = [
  { streams: 150, readersAStream: 1, readingNodes: 0 },
  { streams: 150, readersAStream: 2, readingNodes: 1 },
  { streams: 60, readersAStream: 10, readingNodes: 2 },
  { streams: 12, readersAStream: 100, readingNodes: 2 },
] as const;

/** Measures everything, in about ten minutes. */
export async function measure(): Promise<Measured> {
  await using scene = await openScene();
  await warm(scene);
  const idle = await measureIdle(scene);
  const setting: Setting = { scene, idle };
  const quiet = await measureQuiet(setting); // while the nodes' memory is as it was at first
  const { cost: reply, databaseBytes: databaseBytesAReply } = await measureReplies(setting);
  const replyWithFeed = await measureWithFeeds(setting);
  const [home, elsewhere, ten, hundred] = await measureSteady(setting, sizes);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineName(),
    versions: await versionsOf(scene),
    pace,
    idle: times(idle, 1 / scene.cluster.nodes.length),
    reply,
    replyWithFeed,
    steady: [home.run, elsewhere.run, ten.run, hundred.run],
    quiet: quiet.second,
    open: quiet.open,
    hint: await measureHints(setting, 'sillage:nobody'),
    hintHeard: await measureHints(setting, 'sillage:feed'),
    knownNode: await measureKnownNodes(setting),
    sizes: { ...quiet.sizes, redisBytesAToken: home.redisBytesAToken, databaseBytesAReply },
  };
}

/** Lets hot code become fast, and PostgreSQL forget what it must write whole after a checkpoint. */
async function warm(scene: Scene): Promise<void> {
  const play = async () => {
    for (let i = 0; i < 3; i++) {
      await scene.start(30, { tokens: 300 }, { inConversations: true });
      await scene.load.ended();
    }
  };
  await play();
  await scene.cluster.rows('checkpoint');
  await play();
  await rest(scene);
}

async function measureWithFeeds(setting: Setting) {
  const { scene } = setting;
  await scene.openFeeds();
  const { cost } = await measureReplies(setting);
  await scene.feeds.closeAll();
  await delay(1_000);
  return cost;
}

async function versionsOf({ cluster }: Scene): Promise<Measured['versions']> {
  const [row] = await cluster.rows("select current_setting('server_version') as version");
  const redis = readInfo(await cluster.redis.command('info', 'all')).version;
  return { node: process.versions.node, redis, postgres: String(row?.version).split(' ')[0] ?? '' };
}
