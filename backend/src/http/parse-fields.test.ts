// The words of errors that a schema does not word itself: no route answers in those of zod.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agUiSchema } from '../ai-chat/ag-ui/ag-ui-request.ts';
import { uiMessageSchema } from '../ai-chat/ai-sdk/ui-message-request.ts';
import { revokeSchema } from '../ai-chat/revoking/revoke-request.ts';
import { chatQuerySchema, chatRequestSchema } from '../ai-chat/starting/chat-request.dto.ts';
import { sessionSchemas } from '../conversations/http/sessions-request.dto.ts';
import { parseFields } from './parse-fields.ts';

function fieldsOf(schema: z.ZodType, value: unknown): unknown {
  try {
    return parseFields(schema, value);
  } catch (error) {
    return (error as { fields?: unknown }).fields;
  }
}

test('a field without words of its own says what it must be', () => {
  const schema = z.object({
    name: z.string(),
    count: z.int(),
    kind: z.enum(['a', 'b']),
    isNew: z.boolean(),
    list: z.array(z.number()),
    inner: z.object({}),
    either: z.union([z.string(), z.number()]),
    worded: z.string('must be a name'),
  });
  const wrong = { name: 1, count: 1e300, kind: 'c', isNew: 'no', list: ['x'], inner: null, either: {}, worded: 1 };

  expect(fieldsOf(schema, wrong)).toEqual({
    name: 'must be a string',
    count: 'is too large',
    kind: "must be 'a' or 'b'",
    isNew: 'must be a boolean',
    'list.0': 'must be a number',
    inner: 'must be an object',
    either: 'is not valid',
    worded: 'must be a name',
  });
  expect(fieldsOf(schema, undefined)).toMatchObject({ name: 'is missing', kind: 'is missing' });
  expect(fieldsOf(schema, [])).toEqual({ body: 'must be an object' });
});

const schemas: Readonly<Record<string, z.ZodType>> = {
  agUiSchema,
  uiMessageSchema,
  chatRequestSchema,
  chatQuerySchema,
  ...sessionSchemas,
  revokeToken: revokeSchema.options[0],
  revokeUser: revokeSchema.options[1],
};
const values: readonly unknown[] = [
  null,
  0,
  1e300,
  '',
  'x'.repeat(300_000),
  [],
  [null],
  [{}],
  {},
  { x: { y: 1 } },
  true,
];

test.each(Object.entries(schemas))('%s rejects whatever a client sends in the words of this project', (_, schema) => {
  const names = Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {});
  expect(names).not.toEqual([]);

  const bodies = [...values, ...names.flatMap((name) => values.map((value) => ({ [name]: value, other: 1 })))];

  for (const body of bodies) {
    expect(JSON.stringify(fieldsOf(schema, body)) ?? '').not.toMatch(/Invalid|Too (big|small)|Unrecognized|expected/);
  }
});
