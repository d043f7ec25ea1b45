// Organization, workspace and project label a request; they grant nothing, and a JWT that lists them narrows them.
import { type ChatRequest, StreamError } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';

/** Refuses ids that the user's JWT does not list, where it lists any.
 *  @throws {StreamError} `forbidden`. */
export function checkScopes(user: User, { currentOrganizationId, workspaceId, projectId }: ChatRequest): void {
  refuseOutside('currentOrganizationId', currentOrganizationId, user.organizations);
  refuseOutside('workspaceId', workspaceId, user.workspaces);
  refuseOutside('projectId', projectId, user.projects);
}

function refuseOutside(field: string, id: string | undefined, allowed: readonly string[] | undefined): void {
  if (id === undefined || allowed === undefined || allowed.includes(id)) return;
  throw new StreamError('forbidden', `You have no access to this ${field}.`);
}
