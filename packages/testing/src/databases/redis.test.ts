// A test's Redis can be killed, restarted empty, paused, replicated with a delay, and promoted.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startProxy } from '../network/cutting-proxy.ts';
import { type Redis, startRedis, startReplica } from './redis.ts';

let redis: Redis;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => redis.flush());
afterAll(() => redis?.stop());

test('it executes commands, rejects wrong ones with its own error, and can be emptied', async () => {
  await redis.command('set', 'greeting', 'Hello world');

  expect(await redis.command('get', 'greeting')).toBe('Hello world');
  await expect(redis.command('nonsense')).rejects.toThrow('unknown command');
  await redis.flush();
  expect(await redis.command('dbsize')).toBe('0');
});

test('after a kill it is unreachable; it comes back on the same port, empty', async () => {
  await redis.command('set', 'greeting', 'Hello');

  await redis.kill();
  await expect(redis.command('ping')).rejects.toThrow('refused');
  await redis.restart();

  expect(await redis.command('dbsize')).toBe('0');
});

test('paused it keeps its connections and says nothing, until it is resumed', async () => {
  redis.pause();
  let isAnswered = false;
  const answer = redis.command('ping').finally(() => {
    isAnswered = true;
  });
  await expect.poll(() => stateOf(redis.pid)).toBe('T');
  expect(isAnswered).toBe(false);

  redis.resume();
  expect(await answer).toBe('PONG');
});

test('a paused one can be stopped', async () => {
  const other = await startRedis();

  other.pause();
  await other.stop();

  await expect(other.command('ping')).rejects.toThrow('refused');
});

test('a replica whose copying is held up lacks what came meanwhile, and takes writes once it is promoted', async () => {
  const master = await startRedis();
  await using between = await startProxy(master.url);
  await master.command('set', 'early', '1');
  const replica = await startReplica(between);
  between.pause('to-client');
  await master.command('set', 'late', '1');

  await master.kill();
  between.cut();
  await replica.promote();
  await replica.command('set', 'own', '1');

  expect(await replica.command('mget', 'early', 'late', 'own')).toBe('1\n\n1');
  await replica.stop();
});

function stateOf(pid: number): string | undefined {
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
