// Who may read the metrics: this machine, and others with the token.
import type { IncomingMessage } from 'node:http';
import { isBearer } from '../../platform/bearer.ts';

/** Headers that a proxy adds: its connection comes from this machine, the request may not. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/** Whether a request may read the metrics: it comes from loopback, not through a proxy, or has the token. */
export function mayReadMetrics({ socket, headers }: IncomingMessage, token: string | undefined): boolean {
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  if (isLocal && !proxyHeaders.some((name) => headers[name] !== undefined)) return true;
  return token !== undefined && isBearer(headers.authorization, token);
}
