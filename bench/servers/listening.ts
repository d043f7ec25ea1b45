// Shared by the small servers of the bench: the address of the upstream, and the message that they listen.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The upstream's URL, as an SDK takes it. */
export const upstreamUrl = process.env.UPSTREAM_URL ?? '';

/** Starts to listen on a free port and prints it. The server ends with its parent process. */
export function listen(server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => said((server.address() as AddressInfo).port));
}

/** Prints the port: the sign that a server is ready. */
export function said(port: number): void {
  console.log(`listening ${port}`);
}
