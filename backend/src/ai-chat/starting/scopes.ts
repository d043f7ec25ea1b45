// The organization, workspace and project of a request. They are labels that grant nothing; a token's lists restrict them.
import { type ChatRequest, StreamError } from '@sillage/protocol';
import { covers } from '../../auth/access.ts';
import type { User } from '../../auth/user.ts';
import type { Scopes } from '../../database/scopes.ts';

const fields = { organization: 'currentOrganizationId', workspace: 'workspaceId', project: 'projectId' } as const;

/** Returns the ids in a request. */
export function scopesOf(request: ChatRequest): Scopes {
  const { currentOrganizationId: organization, workspaceId: workspace, projectId: project } = request;
  return {
    ...(organization !== undefined && { organization }),
    ...(workspace !== undefined && { workspace }),
    ...(project !== undefined && { project }),
  };
}

/** Returns the organization of the token that the request is for: the named one, else the first. */
export function organizationOf(
  { organizations = [] }: User,
  { currentOrganizationId }: ChatRequest,
): string | undefined {
  return organizations.find((id) => id === currentOrganizationId) ?? organizations[0];
}

/** Checks that every id is in the token's list, if the token has one.
 *  @throws {StreamError} `forbidden`. */
export function checkScopes(user: User, request: ChatRequest): void {
  for (const [kind, id] of Object.entries(scopesOf(request)) as [keyof typeof fields, string][]) {
    if (covers(user, { [kind]: id })) continue;
    throw new StreamError('forbidden', `You have no access to this ${fields[kind]}.`);
  }
}
