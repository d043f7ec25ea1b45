// A port that nothing listens on, for processes that must be told theirs before they start.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Finds a free port of the loopback interface. Another process may take it before you do; that is rare enough. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  server.close();
  await once(server, 'close');

  return port;
}
