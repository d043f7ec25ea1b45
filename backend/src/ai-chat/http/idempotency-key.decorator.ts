// The idempotency key of a start: a header, or a query parameter for clients that cannot set headers.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { badField } from '../../http/errors.ts';
import type { PlatformRequest } from '../../platform/adapters.ts';

/** Injects the idempotency key; see `idempotencyKeyOf`. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined =>
  idempotencyKeyOf(context.switchToHttp().getRequest<PlatformRequest>()),
);

/** Returns the idempotency key of a request: 1 to 255 printable ASCII characters, or `undefined` if none was sent.
 *  @throws {StreamError} `bad-request`. */
export function idempotencyKeyOf({ method, headers, query }: PlatformRequest): string | undefined {
  const key = headers['idempotency-key'] ?? (method === 'GET' ? query.idempotencyKey : undefined);
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key) && !key.startsWith('ticket:')) return key;
  throw badField('Idempotency-Key', 'must have 1 to 255 printable characters without spaces');
}
