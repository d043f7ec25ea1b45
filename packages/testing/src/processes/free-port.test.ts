// Ports for processes: no other process takes one between its release and the start of the caller's process.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

test('each call finds another free port, which the system gives to no connection', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];

  const [lowest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) expect(port).toBeLessThan(lowest ?? 0);
});

test('a port in use is passed over', async () => {
  const first = await freePort();
  const taken = createServer().listen(first + 1, '127.0.0.1');
  await once(taken, 'listening').catch(() => {}); // another process has it: just as well

  const second = await freePort();
  taken.close();

  expect(second).toBeGreaterThan(first + 1);
});
