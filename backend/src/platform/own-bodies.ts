// Keeps a host application's body parser away from the module's routes, so that their limits and errors are the module's.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { limits } from '@sillage/protocol';
import { bodyError } from './body-error.ts';
import type { Placement } from './placed-controllers.ts';
import { writeRefusal } from './refusal.filter.ts';

/** The subset of a Fastify instance that is used. */
interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

interface FastifyRoute {
  url: string;
  bodyLimit?: number;
  errorHandler?: (error: unknown, request: unknown, reply: unknown) => void;
}

/** An Express application with its list of middleware. */
interface ExpressApp {
  readonly router: { readonly stack: unknown[] };
}

const contentTypes = new WeakMap<IncomingMessage, string>();

/** Takes over the bodies of placed routes, whatever prefix or version comes before their paths. Called before the routes are
 *  registered, with the adapter of the application. */
export function ownBodies(adapter: AbstractHttpAdapter, placements: readonly Placement[]): void {
  const patterns = placements.map(patternOf);
  const isOwn = (path: string) => patterns.some((pattern) => pattern.test(path));
  if (adapter.getType() === 'fastify') ownFastifyBodies(adapter.getInstance(), isOwn);
  else if (adapter.getType() === 'express') ownExpressBodies(adapter, isOwn);
}

/** Restores the header of a request that was hidden from the host's body parser. */
export function restoreContentType(request: IncomingMessage): void {
  const contentType = contentTypes.get(request);
  if (contentType !== undefined) request.headers['content-type'] = contentType;
}

function ownFastifyBodies(fastify: FastifyInstance, isOwn: (path: string) => boolean): void {
  fastify.addHook('onRoute', (route) => {
    if (!isOwn(route.url)) return;
    route.bodyLimit = limits.bodyBytes;
    const { errorHandler } = route;
    route.errorHandler = (error, request, reply) => {
      const converted = bodyError(error);
      if (converted !== error) writeRefusal(converted, reply);
      else if (errorHandler) errorHandler(error, request, reply);
      else throw error;
    };
  });
}

/** A parser of the host skips a body without a type. The middleware comes first, before those of `main.ts`. */
function ownExpressBodies(adapter: AbstractHttpAdapter, isOwn: (path: string) => boolean): void {
  adapter.use((request: IncomingMessage, _response: ServerResponse, next: () => void) => {
    const { 'content-type': contentType } = request.headers;
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (contentType !== undefined && isOwn(path)) {
      contentTypes.set(request, contentType);
      delete request.headers['content-type'];
    }
    next();
  });
  const { stack } = adapter.getInstance<ExpressApp>().router;
  stack.unshift(...stack.splice(-1));
}

/** Recognises the routes that may have a body by the end of their path. */
function patternOf({ path, bodies }: Placement): RegExp {
  const trimmed = path.replace(/^\/|\/$/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|/)${trimmed}${bodies}/?$`, 'i');
}
