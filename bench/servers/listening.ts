// Shared by the small servers of the bench: the address of the upstream, and the function by which the bench starts them.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from '../testbed/child.ts';

/** The upstream's URL, as an SDK takes it. */
export const upstreamUrl = process.env.UPSTREAM_URL ?? '';

/** Lets the parent process call `listen`, which returns the port. */
export type ServerVerbs = { listen(): Promise<number> };

/** Serves `listen` of a `node:http` server. */
export function serve(server: Server): void {
  const listen = async () => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  serveParent({ listen } satisfies ServerVerbs);
}
