// Two readings of the counters make every cost there is.
import { expect, test } from 'vitest';
import { noCost } from '../model/cost.ts';
import { between, parseInfo } from './counters.ts';

test('the cost between two readings leaves out that of an idle cluster', () => {
  const before = { atMs: 1_000, cost: { ...noCost, redisRequests: 100 } };
  const after = { atMs: 3_000, cost: { ...noCost, redisRequests: 180 } };

  expect(between(before, after, { ...noCost, redisRequests: 5 })).toEqual({ ...noCost, redisRequests: 70 });
});

test('commands of nodes are told from those in scripts and those of the bench', () => {
  const calls = { evalsha: 10, get: 10, xadd: 9, exists: 2, set: 5, xrange: 7, publish: 4, info: 3 };
  const lines = Object.entries(calls).map(
    ([name, count]) => `cmdstat_${name}:calls=${count},usec=5,usec_per_call=0.50`,
  );
  const server = ['# Server', 'redis_version:7.0.15', 'used_memory:1048576'];
  const net = ['total_net_input_bytes:2000', 'total_net_output_bytes:1000'];
  const cpu = ['used_cpu_sys:1.500000', 'used_cpu_user:2.250000'];

  expect(parseInfo([...server, ...net, ...cpu, ...lines].join('\r\n'))).toEqual({
    version: '7.0.15',
    memoryBytes: 1048576,
    cost: {
      redisCommands: 47,
      redisRequests: 24, // 10 scripts, 7 ranges, 4 hints, and 3 of the 5 `set`: the others stand beside an `exists`
      redisHints: 4,
      redisCpuMicros: 3_750_000,
      redisBytesIn: 2000,
      redisBytesOut: 1000,
    },
  });
});
