import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StatementCache } from './statement-cache.ts';

let connection: DatabaseSync;
let statements: StatementCache;
beforeEach(() => {
  connection = new DatabaseSync(':memory:');
  statements = new StatementCache(connection);
});
afterEach(() => connection.close());

test('a statement is prepared once', () => {
  const statement = statements.get('select 1');

  expect(statements.get('select 1')).toBe(statement);
});

test('a statement that comes after many others is prepared once, and their number is limited', () => {
  for (let i = 0; i < 2_000; i++) statements.get(`select ${i}`);

  const statement = statements.get("select 'late'");

  expect(statements.get("select 'late'")).toBe(statement);
  expect(statement.get()).toEqual({ "'late'": 'late' });
  expect(statements.size).toBe(500);
});
