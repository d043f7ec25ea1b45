// What a token may see of its own user's data: where it lists organizations, workspaces or projects, only what was written
// under ids of those lists, or under none.
import { type ScopeKind, type Scopes, scopeKinds } from '../database/scopes.ts';
import type { User } from './user.ts';

const listNames = { organization: 'organizations', workspace: 'workspaces', project: 'projects' } as const;

/** The ids of one kind that a user's token lists; `undefined` where it lists none, and so does not narrow. */
export function listedIds(user: User, kind: ScopeKind): readonly string[] | undefined {
  return user[listNames[kind]];
}

/** Whether a user's token narrows anything. */
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
