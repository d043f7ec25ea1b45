// Checks every response that the tests of the routes get against the OpenAPI document.
import type { SseMessage } from '@sillage/testing';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../openapi/document.ts';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}
interface Schema {
  readonly $ref?: string;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** A response as far as it has arrived. */
interface Described {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
}

const document = openApiDocument() as unknown as Document;
const templates = Object.entries(document.paths).map(([path, operations]) => ({
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  operations,
}));
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** Returns the check of JSON that a response consists of, or of the data of its events.
 *  @throws {Error} when the document does not list the response. Routes that it does not have are not checked. */
export function describedResponse({ method, path, status, contentType }: Described): (json: unknown) => void {
  const [plain = ''] = path.split('?', 1);
  const operation = templates.find(({ pattern }) => pattern.test(plain))?.operations[method.toLowerCase()];
  if (operation === undefined) return () => {};
  const name = `${method} ${plain}: ${status} ${contentType ?? ''}`;
  const response = operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
  if (response === undefined) throw new Error(`The OpenAPI document does not list ${name}`);
  const [type = ''] = contentType?.split(';', 1) ?? [];
  if (response.content === undefined) return () => {};
  const schema = response.content[type]?.schema;
  if (schema === undefined) throw new Error(`The OpenAPI document does not list ${name}`);
  return (json) => check(schema, json, name);
}

/** Yields messages whose data is as the document says. */
export async function* describedMessages(
  messages: AsyncGenerator<SseMessage, void, undefined>,
  checkData: (json: unknown) => void,
): AsyncGenerator<SseMessage, void, undefined> {
  for await (const message of messages) {
    if (message.data !== undefined) checkData(message.data);
    yield message;
  }
}

function check({ $ref }: Schema, json: unknown, name: string): void {
  if ($ref === undefined) return;
  const schemaName = $ref.replace('#/components/schemas/', '');
  let validate = validators.get(schemaName);
  if (validate === undefined) {
    validate = ajv.compile(closed(document.components.schemas[schemaName]) as object);
    validators.set(schemaName, validate);
  }
  if (validate(json)) return;
  throw new Error(
    `${name} is not as the OpenAPI document says: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(json)}`,
  );
}

/** Forbids keys that a schema does not list. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, closed(field)]));
  const isObject = fields.type === 'object' && fields.properties !== undefined;
  return isObject && fields.additionalProperties === undefined ? { ...fields, additionalProperties: false } : fields;
}
