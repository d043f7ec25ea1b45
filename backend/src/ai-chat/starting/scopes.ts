// Organization, workspace and project label a request; they grant nothing, and a token that lists them narrows them.
import { type ChatRequest, StreamError } from '@sillage/protocol';
import { covers } from '../../auth/access.ts';
import type { User } from '../../auth/user.ts';
import type { Scopes } from '../../database/scopes.ts';

const fields = { organization: 'currentOrganizationId', workspace: 'workspaceId', project: 'projectId' } as const;

/** The ids that a request names. */
export function scopesOf(request: ChatRequest): Scopes {
  const { currentOrganizationId: organization, workspaceId: workspace, projectId: project } = request;
  return {
    ...(organization !== undefined && { organization }),
    ...(workspace !== undefined && { workspace }),
    ...(project !== undefined && { project }),
  };
}

/** Refuses ids that the user's token does not list, where it lists any.
 *  @throws {StreamError} `forbidden`. */
export function checkScopes(user: User, request: ChatRequest): void {
  for (const [kind, id] of Object.entries(scopesOf(request)) as [keyof typeof fields, string][]) {
    if (covers(user, { [kind]: id })) continue;
    throw new StreamError('forbidden', `You have no access to this ${fields[kind]}.`);
  }
}
