// Who may read the metrics: this machine, and others with the token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Headers that a proxy adds: its connection comes from this machine, the request may not. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/** Whether a request may read the metrics: it comes from loopback, not through a proxy, or has the token. */
export function mayReadMetrics({ socket, headers }: IncomingMessage, token: string | undefined): boolean {
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  if (isLocal && !proxyHeaders.some((name) => headers[name] !== undefined)) return true;
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return token !== undefined && given !== undefined && timingSafeEqual(hashOf(given), hashOf(token));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
