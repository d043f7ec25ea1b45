// What identifies the request that a piece of work belongs to. It follows asynchronous calls, so that a reply which outlives
// its request still logs its id, and passes its trace on to the provider.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseTraceparent, parseTracestate } from './trace-headers.ts';

/** Identifies a request in logs and traces. */
export interface RequestContext {
  /** The request's `X-Request-Id`, or a random id. */
  readonly requestId: string;
  /** https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** The context of the current request; empty outside of one. */
export const requestContext = new AsyncLocalStorage<RequestContext>();

/** Reads the context from the headers of a request. Values that are not well-formed are ignored. */
export function requestContextOf(headers: IncomingHttpHeaders): RequestContext {
  const { 'x-request-id': given } = headers;
  const traceparent = parseTraceparent(headers.traceparent);
  return {
    requestId: typeof given === 'string' && /^[\w.:+/=-]{1,128}$/.test(given) ? given : randomUUID(),
    traceparent,
    tracestate: traceparent === undefined ? undefined : parseTracestate(headers.tracestate),
  };
}

/** Returns the headers that pass the current trace on to another server. */
export function traceHeaders(): Record<string, string> {
  const { traceparent, tracestate } = requestContext.getStore() ?? {};
  return { ...(traceparent !== undefined && { traceparent }), ...(tracestate !== undefined && { tracestate }) };
}
