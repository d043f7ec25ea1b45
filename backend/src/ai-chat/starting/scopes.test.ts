// Ids of organization, workspace and project narrow a request where the token lists them, and grant nothing.
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

  test('is free where the token lists none', () => {
    expect(check('one', undefined)).not.toThrow();
  });

  test('must be in the list of the token', () => {
    expect(check('one', ['one', 'two'])).not.toThrow();
    expect(check('three', ['one', 'two'])).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(check('one', [])).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  test('may be left out', () => {
    expect(check(undefined, [])).not.toThrow();
  });
});
