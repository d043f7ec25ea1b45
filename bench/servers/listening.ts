// Shared by the small servers of the bench: the address of the upstream, and how the bench starts them.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The upstream's URL, as an SDK takes it. */
export const upstreamUrl = process.env.UPSTREAM_URL ?? '';

/** Listens, sends the port to the parent process, and ends with it. */
export function serve(server: Server): void {
  process.on('disconnect', () => process.exit(0));
  const report = () => process.send?.((server.address() as AddressInfo).port);
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, report);
}
