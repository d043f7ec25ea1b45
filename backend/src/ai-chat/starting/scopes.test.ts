// The ids of organization, workspace and project in a request must be in the token's lists, if it has any.
import { describe, expect, test } from 'vitest';
import { checkScopes } from './scopes.ts';

const cases = [
  ['currentOrganizationId', 'organizations'],
  ['workspaceId', 'workspaces'],
  ['projectId', 'projects'],
] as const;

describe.each(cases)('%s', (field, list) => {
  const check = (id: string | undefined, allowed: readonly string[] | undefined) => () =>
    checkScopes({ id: 'ada', ...(allowed && { [list]: allowed }) }, { message: 'x', ...(id && { [field]: id }) });

  test('may be any id if the token has no list', () => {
    expect(check('one', undefined)).not.toThrow();
  });

  test('must be in the token’s list', () => {
    expect(check('one', ['one', 'two'])).not.toThrow();
    expect(check('three', ['one', 'two'])).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(check('one', [])).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  test('may be absent', () => {
    expect(check(undefined, [])).not.toThrow();
  });
});
