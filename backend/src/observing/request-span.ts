// The span of a request, from its authentication to the end of its response.
import type { ServerResponse } from 'node:http';
import type { PlatformRequest } from '../platform/adapters.ts';
import { type RequestContext, requestContextOf } from './request-context.ts';
import { type Tracing, tracedContext } from './tracing.ts';

/** Starts the span, and returns the context of the request within it. Where the application has a span for the request already,
 *  that one is used. Must be called before the first await of the request. */
export function traceRequest(tracing: Tracing, request: PlatformRequest, response: ServerResponse): RequestContext {
  const context = requestContextOf(request.headers);
  if (!tracing.isOn) return context;
  const { outerSpan } = tracing;
  if (outerSpan !== undefined) return tracedContext(context, outerSpan);
  const { method } = request;
  const route = routeOf(request);
  const attributes = { 'http.request.method': method, 'http.route': route };
  const span = tracing.start(`${method} ${route}`, attributes, 'server', context);
  response.once('close', () => {
    span.set({ 'http.response.status_code': response.statusCode });
    if (response.statusCode >= 500) span.fail(String(response.statusCode));
    span.end();
  });
  return span.within(context);
}

/** Returns the pattern of the route, which holds no ids, from Express or Fastify. */
function routeOf(request: PlatformRequest): string {
  const { route, routeOptions } = request as { route?: { path?: unknown }; routeOptions?: { url?: unknown } };
  return String(route?.path ?? routeOptions?.url ?? '');
}
