// Hands the signed-in user to a handler.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './user.ts';

const users = new WeakMap<Request, User>();

/** Remembers whom a request's token or ticket names. */
export function setCurrentUser(request: Request, user: User): void {
  users.set(request, user);
}

/** Finds whom a request's token or ticket names; `undefined` before its guard has let it pass. */
export function currentUserOf(request: Request): User | undefined {
  return users.get(request);
}

/** Injects the signed-in user; every guarded route has one. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User | undefined =>
  currentUserOf(context.switchToHttp().getRequest<Request>()),
);
