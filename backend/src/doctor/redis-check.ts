// Checks Redis, or each master of a Redis Cluster: connection, version, eviction, persistence and latency. Only reads.
import { Cluster, type Redis } from 'ioredis';
import { connect, connectionTo } from '../redis/redis-connection.ts';
import { type ClockReading, readClock } from './clock.ts';
import { type Finding, ok, problem, warning, wordsOf } from './finding.ts';
import { checkLatency } from './latency.ts';

const minVersion = 7;
/** Part of `maxmemory` in use above which Redis will soon reject writes. */
const nearlyFull = 0.9;

export async function checkRedis(
  redisUrl: string,
  { limitMs, clocks }: { limitMs: number; clocks: ClockReading[] },
): Promise<Finding[]> {
  const connection = connectionTo(redisUrl, { timeoutMs: limitMs, isPipelined: false });
  connection.on('error', () => {}); // commands reject with it
  try {
    await connect(connection);
    const masters = connection instanceof Cluster ? connection.nodes('master') : [connection];
    clocks.push(await readClock('Redis', () => timeOf(masters[0] as Redis)));
    const findings = await Promise.all(masters.map(checkServer));
    return [...findings.flat(), await checkLatency('redis', () => connection.ping())];
  } catch (error) {
    const hosts = redisUrl.split(',').map((url) => new URL(url).host);
    const message = `Redis at ${hosts.join(', ')} cannot be used (${wordsOf(error)})`;
    return [problem('redis', message, 'Start it, or correct REDIS_URL, its password or the firewall.')];
  } finally {
    connection.disconnect();
  }
}

async function checkServer(redis: Redis): Promise<Finding[]> {
  const facts = factsOf(await redis.info());
  const { redis_version: version = '0', maxmemory_policy: policy = 'noeviction' } = facts;
  const findings: Finding[] = [];
  if (Number.parseInt(version, 10) < minVersion) {
    findings.push(problem('redis', `Redis ${version} is too old`, `Use version ${minVersion} or later.`));
  }
  if (facts.role === 'slave') {
    findings.push(problem('redis', 'it is a replica, which rejects writes', 'REDIS_URL must lead to the master.'));
  }
  if (policy !== 'noeviction') {
    const advice = 'Set maxmemory-policy noeviction; otherwise Redis may delete the text of a reply under way.';
    findings.push(warning('redis', `its maxmemory-policy is ${policy}`, advice));
  }
  findings.push(...checkMemory(facts), ...checkPersistence(facts));
  return findings.length > 0 ? findings : [ok('redis', `Redis ${version}, maxmemory-policy ${policy}`)];
}

function checkMemory({ used_memory = '0', maxmemory = '0' }: Facts): Finding[] {
  const part = Number(maxmemory) === 0 ? 0 : Number(used_memory) / Number(maxmemory);
  if (part < nearlyFull) return [];
  const advice = 'Raise maxmemory, or use a Redis of its own: when it is full, replies wait.';
  return [warning('redis', `${Math.round(part * 100)} % of its maxmemory is in use`, advice)];
}

/** A Redis whose snapshots or log fail rejects writes (`stop-writes-on-bgsave-error`). */
function checkPersistence({ rdb_last_bgsave_status: snapshot, aof_last_write_status: log }: Facts): Finding[] {
  if (snapshot !== 'err' && log !== 'err') return [];
  const advice = 'Give it disk space, or turn persistence off: Sillage needs none.';
  return [problem('redis', 'its persistence fails, so that it may reject writes', advice)];
}

type Facts = Readonly<Record<string, string>>;

/** Parses the lines `name:value` of INFO. */
function factsOf(info: string): Facts {
  return Object.fromEntries(Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name, value]) => [name, value]));
}

async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
