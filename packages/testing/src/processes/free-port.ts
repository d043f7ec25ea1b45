// Finds a free port for processes that need their port before they start.
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that a system gives to connections and to `listen(0)`, of which any may take one that was just released;
// and so low that the bus of a Redis Cluster, which listens on its port plus 10,000, is out of the way.
const firstPort = 10_000;
const ports = 10_000;

/** Consecutive from a start of this process's own, so that processes which run side by side get different ports. */
let next = (process.pid * 211) % ports;

/** Finds a free port of the loopback interface. It stays free until the caller listens, or starts its process again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + (next++ % ports);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
