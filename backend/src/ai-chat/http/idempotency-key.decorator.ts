// The idempotency key of a start: a header, or a query parameter for clients that cannot set headers.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { badField } from '../../http/errors.ts';

/** Injects the idempotency key: 1 to 255 printable ASCII characters, or `undefined` if none was sent.
 *  @throws {StreamError} `bad-request`. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const request = context.switchToHttp().getRequest<Request>();
  const key =
    request.headers['idempotency-key'] ?? (request.method === 'GET' ? request.query.idempotencyKey : undefined);
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key) && !key.startsWith('ticket:')) return key;
  throw badField('Idempotency-Key', 'must have 1 to 255 printable characters without spaces');
});
