// The port for traces. Without a tracer provider nothing is traced, and no package of OpenTelemetry is loaded. The current span
// is the `traceparent` of the request's context, so that logs, spans and the provider see the same ids.
import type { Attributes, Context, SpanContext, TracerProvider } from '@opentelemetry/api';
import { type RequestContext, requestContext } from './request-context.ts';

/** A span under way. Its owner ends it. */
export interface TraceSpan {
  /** Runs work within the span: spans that it starts are children, and its requests pass the span on. */
  run<Result>(work: () => Result): Result;
  /** The context of requests and logs within the span. */
  within(context: RequestContext): RequestContext;
  set(attributes: Attributes): void;
  /** Adds an event at the present time. */
  note(event: string, attributes?: Attributes): void;
  /** Marks the span as failed. `detail` must be safe to log. */
  fail(code: string, detail?: string): void;
  end(): void;
}

/** Kinds of spans: one that serves a request, one that sends a request, and one within the process. */
type SpanKindName = 'server' | 'client' | 'internal';

/** Starts spans. */
export interface Tracing {
  /** Whether spans are recorded. */
  readonly isOn: boolean;
  /** Starts a span as a child of the current one, or of the one that `context` names; `kind` defaults to `internal`. */
  start(name: string, attributes?: Attributes, kind?: SpanKindName, context?: RequestContext): TraceSpan;
  /** The span that the application itself has started around the current request. */
  readonly outerSpan: SpanContext | undefined;
}

/** Injects the tracing. */
export const TRACING = Symbol('Tracing');

const noSpan: TraceSpan = {
  run: (work) => work(),
  within: (context) => context,
  set: () => {},
  note: () => {},
  fail: () => {},
  end: () => {},
};

/** Traces nothing. */
export const noTracing: Tracing = { isOn: false, start: () => noSpan, outerSpan: undefined };

/** What `@opentelemetry/api`, of any version 1, registers in the process. */
interface GlobalApi {
  readonly trace?: TracerProvider;
  readonly context?: {
    active(): Context;
    with<Result>(context: Context, work: () => Result): Result;
  };
}

/** Returns the tracing of the process: spans go to the tracer provider that the application has registered before. The registry
 *  is read directly, since a copy of the API with another minor version would not see it. */
export async function globalTracing(): Promise<Tracing> {
  const registry = Symbol.for('opentelemetry.js.api.1');
  const { trace: provider, context: contexts } = (globalThis as { [registry]?: GlobalApi })[registry] ?? {};
  if (provider === undefined) return noTracing;
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, createTraceState, isSpanContextValid, trace } = await import(
    '@opentelemetry/api'
  );
  const tracer = provider.getTracer('@sillage/server');
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
  const active = () => contexts?.active() ?? ROOT_CONTEXT;

  const parentOf = ({ traceparent, tracestate }: Partial<RequestContext>): Context => {
    if (traceparent === undefined) return active();
    const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
    const state = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) };
    return trace.setSpanContext(active(), {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16),
      isRemote: true,
      ...state,
    });
  };

  return {
    isOn: true,
    get outerSpan() {
      const outer = trace.getSpanContext(active());
      return outer !== undefined && isSpanContextValid(outer) ? outer : undefined;
    },
    start: (name, attributes = {}, kind = 'internal', context = requestContext.getStore()) => {
      const parent = parentOf(context ?? {});
      const span = tracer.startSpan(name, { attributes, kind: kinds[kind] }, parent);
      const spanContext = span.spanContext();
      const within: TraceSpan['within'] = (context) =>
        isSpanContextValid(spanContext) ? tracedContext(context, spanContext) : context;
      return {
        within,
        run: (work) => {
          const store = requestContext.getStore();
          const inner = trace.setSpan(parent, span);
          const traced = store === undefined ? work : () => requestContext.run(within(store), work);
          return contexts === undefined ? traced() : contexts.with(inner, traced);
        },
        set: (more) => span.setAttributes(more),
        note: (event, more) => span.addEvent(event, more),
        fail: (code, detail) => {
          span.setAttribute('error.type', code);
          span.setStatus({ code: SpanStatusCode.ERROR, message: code });
          if (detail === undefined) return;
          span.addEvent('exception', { 'exception.type': code, 'exception.message': detail });
        },
        end: () => span.end(),
      };
    },
  };
}

/** Returns the context with the ids of a span in place of its own. */
export function tracedContext(context: RequestContext, { traceId, spanId, traceFlags, traceState }: SpanContext) {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return { ...context, traceparent, tracestate: traceState?.serialize() || undefined };
}

/** Runs work within a span of its own, which fails with the work. */
export async function traced<Result>(
  tracing: Tracing,
  name: string,
  work: (span: TraceSpan) => Promise<Result>,
): Promise<Result> {
  const span = tracing.start(name);
  try {
    return await span.run(() => work(span));
  } catch (error) {
    span.fail(codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'internal';
}
