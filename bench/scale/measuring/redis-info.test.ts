// Every number of Redis comes through here.
import { expect, test } from 'vitest';
import { readInfo } from './redis-info.ts';

const text = [
  '# Server',
  'redis_version:7.0.15',
  'used_memory:1048576',
  'total_net_input_bytes:2000',
  'total_net_output_bytes:1000',
  'used_cpu_sys:1.500000',
  'used_cpu_user:2.250000',
  'cmdstat_evalsha:calls=10,usec=100,usec_per_call=10.00,rejected_calls=0,failed_calls=0',
  'cmdstat_get:calls=10,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_xadd:calls=9,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_exists:calls=2,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_set:calls=5,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_xrange:calls=7,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_publish:calls=4,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
  'cmdstat_info:calls=3,usec=5,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
].join('\r\n');

test('commands of nodes are separated from those in scripts and from those of the bench', () => {
  const { commands, requests, hints } = readInfo(text);

  expect(commands).toBe(47);
  expect(requests).toBe(24); // 10 scripts, 7 ranges, 4 hints, and 3 of the 5 `set`: the others stand beside an `exists`
  expect(hints).toBe(4);
});

test('CPU time, bytes and memory are parsed', () => {
  expect(readInfo(text)).toMatchObject({
    cpuMicros: 3_750_000,
    bytesIn: 2000,
    bytesOut: 1000,
    memoryBytes: 1048576,
  });
});
