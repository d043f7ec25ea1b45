// Parses what a client has sent with a schema. The words of an error are the schema's own, else those of this file: zod's would be
// English of its own, without what to send.
import type { z } from 'zod';
import { badFields } from './errors.ts';

/** Parses a body or a query; an absent one is empty.
 *  @throws {StreamError} `bad-request` with every invalid field. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {}, { error: (issue) => wordsOf(issue as Issue) });
  if (!parsed.success) throw badFields(parsed.error.issues);
  return parsed.data;
}

type Issue = Pick<z.core.$ZodRawIssue, 'code' | 'input'> & {
  readonly expected?: string;
  readonly values?: readonly unknown[];
};

const types: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'a boolean',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

function wordsOf({ code, input, expected = '', values = [] }: Issue): string {
  if (input === undefined) return 'is missing';
  if (code === 'invalid_type') return `must be ${types[expected] ?? expected}`;
  if (code === 'invalid_value') return `must be ${values.map((value) => `'${value}'`).join(' or ')}`;
  return code === 'too_big' ? 'is too large' : 'is not valid';
}
