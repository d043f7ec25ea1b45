// The OpenAPI 3.1 document of the routes, made from the schemas that validate requests and from those of the responses.
import { z } from 'zod';
import { describedRoutes, type RouteDescription } from './described-routes.ts';
import { requestSchemas } from './request-schemas.ts';
import { responseSchemas } from './response-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Creates the document. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of describedRoutes) {
    const path = paths[route.path] ?? {};
    path[route.method] = operationOf(route);
    paths[route.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sillage',
      version: '0.1.0',
      description: 'Durable AI streams over Server-Sent Events. The protocol in words: docs/protocol.md.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        ...schemasOf(requestSchemas.bodies, 'input'),
        ...schemasOf(responseSchemas, 'output'),
      },
    },
  };
}

function schemasOf(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Json {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema, io)]));
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return io === 'output' ? (open(json) as Json) : json;
}

/** Removes `additionalProperties: false`: keys are only ever added to responses, and a client skips those it does not know. */
function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, field]) => name !== 'additionalProperties' || field !== false);
  return Object.fromEntries(entries.map(([name, field]) => [name, open(field)]));
}

function operationOf({ summary, isOpen = false, query, headers = [], body, responses, path }: RouteDescription): Json {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter('path', String(name), { type: 'string' }, true)),
    ...(query === undefined ? [] : queryParameters(query)),
    ...headers.map((name) => parameter('header', name, { type: 'string' })),
  ];
  const failure = { $ref: '#/components/schemas/Error' };
  const isText = path.startsWith('/api/chat');
  return {
    summary,
    ...(isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: contentOf('application/json', body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(responses).map(([status, content]) => [status, responseOf(content)])),
      default: {
        description: 'The request was rejected.',
        content: isText
          ? { 'text/plain': { schema: { type: 'string' } } }
          : { 'application/json': { schema: failure } },
      },
    },
  };
}

function responseOf(content: RouteDescription['responses'][string]): Json {
  if (content === null) return { description: 'There is nothing to send.' };
  const contents = Object.entries(content).map(([type, name]) => contentOf(type, name));
  return { description: 'The response.', content: Object.assign({}, ...contents) };
}

function contentOf(type: string, name: string): Json {
  const schema = name === '' ? { type: 'string' } : { $ref: `#/components/schemas/${name}` };
  return { [type]: { schema } };
}

function queryParameters(schema: z.ZodType): Json[] {
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, json]) => parameter('query', name, json, required.includes(name)));
}

function parameter(place: 'path' | 'query' | 'header', name: string, schema: Json, required = false): Json {
  return { in: place, name, schema, ...(required && { required }) };
}
