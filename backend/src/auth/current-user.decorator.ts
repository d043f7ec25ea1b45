// Passes the signed-in user from the guard to route handlers.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from './user.ts';

const users = new WeakMap<object, User>();

/** Stores the user that a request is authenticated as. */
export function setCurrentUser(request: object, user: User): void {
  users.set(request, user);
}

/** Returns the user that a request is authenticated as; `undefined` before the guard has accepted the request. */
export function currentUserOf(request: object): User | undefined {
  return users.get(request);
}

/** Injects the signed-in user: the one that the module's guard has accepted or, on a host's own routes, what the host's guard
 *  has set as `request.user`. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User | undefined => {
  const request = context.switchToHttp().getRequest<{ user?: User }>();
  return currentUserOf(request) ?? request.user;
});
