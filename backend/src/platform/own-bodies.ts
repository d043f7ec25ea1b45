// Keeps a host application's body parser away from the module's routes, so that their limits and errors are the module's.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { limits } from '@sillage/protocol';
import { bodyError } from './body-error.ts';
import { writeErrorResponse } from './error-response.filter.ts';

/** The subset of a Fastify instance that is used. */
interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

interface FastifyRoute {
  config?: object;
  bodyLimit?: number;
  onRequest?: readonly FastifyHook[] | FastifyHook;
  errorHandler?: (error: unknown, request: unknown, reply: unknown) => void;
}

type FastifyHook = (request: { readonly headers: IncomingHttpHeaders }, reply: unknown, done: () => void) => void;

/** The subset of an Express application that is used. */
interface ExpressApp {
  readonly router: { readonly stack: ExpressLayer[] };
}

/** A middleware, or a route with its handlers. */
interface ExpressLayer {
  match(path: string): unknown;
  readonly route?: { readonly stack: readonly { readonly handle: object }[] };
}

/** The key of `@RouteConfig()`. Nest copies the metadata of a method to the handler that it registers, and on Fastify this one
 *  to the configuration of the route. */
const routeConfig = '__fastify_route_config__';

const mark = 'isOfAiChatModule';

const contentTypes = new WeakMap<IncomingMessage, string>();
const prepared = new WeakSet<AbstractHttpAdapter>();

/** Marks the routes of a controller, so that their bodies are taken over wherever the application places them. */
export function markRoutes(controller: Type): void {
  for (const { value: method } of Object.values(Object.getOwnPropertyDescriptors(controller.prototype))) {
    if (typeof method !== 'function' || !Reflect.hasMetadata('path', method)) continue;
    Reflect.defineMetadata(routeConfig, { ...Reflect.getMetadata(routeConfig, method), [mark]: true }, method);
  }
}

/** Takes over the bodies of marked routes. Called before the routes are registered, with the adapter of the application. */
export function ownBodies(adapter: AbstractHttpAdapter): void {
  if (prepared.has(adapter)) return; // by another configuration of the module
  prepared.add(adapter);
  if (adapter.getType() === 'fastify') ownFastifyBodies(adapter.getInstance());
  else if (adapter.getType() === 'express') ownExpressBodies(adapter);
}

/** Restores the header of a request that was hidden from the host's body parser. */
export function restoreContentType(request: IncomingMessage): void {
  const contentType = contentTypes.get(request);
  if (contentType !== undefined) request.headers['content-type'] = contentType;
}

function isMarked(config: unknown): boolean {
  return typeof config === 'object' && config !== null && mark in config;
}

function ownFastifyBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!isMarked(route.config)) return;
    route.bodyLimit = limits.bodyBytes;
    route.onRequest = [acceptEmptyBody].concat(route.onRequest ?? []);
    const { errorHandler } = route;
    route.errorHandler = (error, request, reply) => {
      const converted = bodyError(error);
      if (converted !== error) writeErrorResponse(converted, reply);
      else if (errorHandler) errorHandler(error, request, reply);
      else throw error;
    };
  });
}

/** Without a body its type says nothing; Fastify would refuse it as JSON that cannot be parsed. */
const acceptEmptyBody: FastifyHook = ({ headers }, _reply, done) => {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty) delete headers['content-type'];
  done();
};

/** A parser of the host skips a body without a type. The middleware comes first, before those of `main.ts`. */
function ownExpressBodies(adapter: AbstractHttpAdapter): void {
  const { stack } = adapter.getInstance<ExpressApp>().router;
  let own: ExpressLayer[] | undefined; // the routes are registered before the first request
  adapter.use((request: IncomingMessage, _response: ServerResponse, next: () => void) => {
    const { 'content-type': contentType } = request.headers;
    if (contentType === undefined) return next();
    const [path = ''] = (request.url ?? '').split('?', 1);
    own ??= stack.filter(({ route }) =>
      route?.stack.some(({ handle }) => isMarked(Reflect.getMetadata(routeConfig, handle))),
    );
    if (own.some((layer) => matches(layer, path))) {
      contentTypes.set(request, contentType);
      delete request.headers['content-type'];
    }
    next();
  });
  stack.unshift(...stack.splice(-1));
}

function matches(layer: ExpressLayer, path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    return false; // a parameter that cannot be decoded: Express itself answers that
  }
}
