// Hands the signed-in user to a handler.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './user.ts';

const users = new WeakMap<Request, User>();

/** Remembers whom a request's token or ticket names. */
export function setCurrentUser(request: Request, user: User): void {
  users.set(request, user);
}

/** Injects the signed-in user; every guarded route has one. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User | undefined =>
  users.get(context.switchToHttp().getRequest<Request>()),
);
