// Two readings of the counters make every cost there is.
import { globSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { startRedis } from '@sillage/testing';
import { expect, test } from 'vitest';
import { SharedCounts } from '../../../backend/src/limits/shared/shared-counts.ts';
import { SharedRequestRate } from '../../../backend/src/limits/shared/shared-request-rate.ts';
import { SharedSlots } from '../../../backend/src/limits/shared/shared-slots.ts';
import { RedisLink } from '../../../backend/src/redis/redis-link.ts';
import { RedisText } from '../../../backend/src/streams/stores/redis/redis-text.ts';
import { noCost } from '../model/cost.ts';
import { between, readRedis } from './counters.ts';

test('the cost between two readings leaves out that of an idle cluster', () => {
  const before = { atMs: 1_000, cost: { ...noCost, redisRequests: 100 } };
  const after = { atMs: 3_000, cost: { ...noCost, redisRequests: 180 } };

  expect(between(before, after, { ...noCost, redisRequests: 5 })).toEqual({ ...noCost, redisRequests: 70 });
});

test('requests of nodes are told from the commands in every script of the server', async () => {
  const redis = await startRedis();
  const monitor = connect(redis.port).setEncoding('utf8');
  let seen = '';
  monitor.on('data', (text) => {
    seen += text;
  });
  monitor.write('monitor\r\n');
  await expect.poll(() => seen).toContain('+OK');
  const link = await RedisLink.open({ url: redis.url, timeoutMs: 60_000 });

  const before = await readRedis({ redis });
  await useEveryScript(link);
  const after = await readRedis({ redis });
  await expect.poll(() => seen.split('"info" "all"')).toHaveLength(3);
  const memory = await redis.command('info', 'memory');
  link.close();
  monitor.destroy();
  await redis.stop();

  const [, used = ''] = seen.split(/^.*"info" "all"/m);
  const requests = used.match(/^\+\S+ \[\d+ (?!lua)/gm) ?? [];
  expect(after.cost.redisRequests - before.cost.redisRequests).toBe(requests.length);
  expect(memory, 'this test uses every script').toContain(`number_of_cached_scripts:${definedScripts()}\r`);
  expect(after).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), memoryBytes: expect.any(Number) });
});

/** Runs every script of the server, as a reply and its readers do, and some plain commands. */
async function useEveryScript(link: RedisLink): Promise<void> {
  const text = new RedisText(link);
  const producer = { streamId: 'a', epoch: 1 };
  await text.fence('a', 1, { keepMs: 60_000 });
  await text.append(producer, [{ type: 'text', text: 'Hello', offset: 5 }], { after: 0 });
  await text.append(producer, [{ type: 'text', text: ' you', offset: 9 }], { after: 5, keepMs: 60_000 });
  await text.append(producer, [], { after: 9, keepMs: 60_000 });
  await text.markRead('a');
  await text.read('a', 0);

  const shared = new SharedCounts(link, { namespace: 'bench', nodeLeaseMs: 60_000, maxAgeMs: 60_000 });
  const rate = new SharedRequestRate(shared, { perMinute: 2, kind: 'requests' });
  const slots = new SharedSlots(shared, () => 1);
  await rate.check('ada');
  await rate.take('ada');
  await slots.admits('ada', 1);
  await slots.publish('ada');
  await slots.close();
}

function definedScripts(): number {
  const sources = globSync('backend/src/**/*.ts').map((path) => readFileSync(path, 'utf8'));
  return sources.join().match(/\.defineCommand\(/g)?.length ?? 0;
}
