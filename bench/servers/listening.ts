// What every small server of the bench shares: where the upstream is, and saying where it listens itself.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The upstream's URL, as an SDK is given it. */
export const upstreamUrl = process.env.UPSTREAM_URL ?? '';

/** Starts to listen on a free port and prints it; ends with whoever started it. */
export function listen(server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => said((server.address() as AddressInfo).port));
}

/** Prints the port, which is how a server says that it is ready. */
export function said(port: number): void {
  console.log(`listening ${port}`);
}
