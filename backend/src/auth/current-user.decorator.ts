// Passes the signed-in user from the guard to route handlers.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './user.ts';

const users = new WeakMap<Request, User>();

/** Stores the user that a request's token or ticket names. */
export function setCurrentUser(request: Request, user: User): void {
  users.set(request, user);
}

/** Returns the user that a request's token or ticket names; `undefined` before the guard has accepted the request. */
export function currentUserOf(request: Request): User | undefined {
  return users.get(request);
}

/** Injects the signed-in user, which every guarded route has. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User | undefined =>
  currentUserOf(context.switchToHttp().getRequest<Request>()),
);
