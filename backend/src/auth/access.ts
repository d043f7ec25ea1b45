// Narrows a token's access to its user's own data. A token that lists organizations, workspaces or projects sees only data
// written under one of the listed ids, or under none.
import { type ScopeKind, type Scopes, scopeKinds } from '../database/scopes.ts';
import type { User } from './user.ts';

const listNames = { organization: 'organizations', workspace: 'workspaces', project: 'projects' } as const;

/** Returns the ids of one kind that a user's token lists; `undefined` if it has no such list and so does not narrow access. */
export function listedIds(user: User, kind: ScopeKind): readonly string[] | undefined {
  return user[listNames[kind]];
}

/** Whether a user's token narrows access by any list. */
export function isNarrowed(user: User): boolean {
  return scopeKinds.some((kind) => listedIds(user, kind) !== undefined);
}

/** Whether a user's token covers every one of these ids. */
export function covers(user: User, scopes: Scopes): boolean {
  return scopeKinds.every((kind) => {
    const id = scopes[kind];
    return id === undefined || (listedIds(user, kind)?.includes(id) ?? true);
  });
}
