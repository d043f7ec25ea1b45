// Tracing within an application that has its own tracer provider, of another copy of the API.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { context, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  StackContextManager,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTracing } from '../operations/tracing/start-tracing.ts';
import type { PlatformRequest } from '../platform/adapters.ts';
import { requestContext, traceHeaders } from './request-context.ts';
import { traceRequest } from './request-span.ts';
import { globalTracing, noTracing } from './tracing.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const request = { method: 'POST', headers: { traceparent }, route: { path: '/chat' } } as unknown as PlatformRequest;

let exporter: InMemorySpanExporter;
let host: TracerProvider;

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  host = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
});
afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
});

function newResponse() {
  return Object.assign(new EventEmitter(), { statusCode: 200 }) as unknown as ServerResponse;
}

test('without a tracer provider nothing is traced, and the traceparent of a request is kept', async () => {
  expect(await globalTracing()).toBe(noTracing);
  expect(traceRequest(noTracing, request, newResponse())).toMatchObject({ traceparent });
});

test('spans go to the tracer provider of the application, and the server does not replace it', async () => {
  trace.setGlobalTracerProvider(host);
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9');

  expect(await startTracing(process.env)).toBeUndefined();
  const tracing = await globalTracing();
  const response = newResponse();
  requestContext.run(traceRequest(tracing, request, response), () => tracing.start('inner').end());
  response.emit('close');

  const [inner, outer] = exporter.getFinishedSpans();
  expect(outer).toMatchObject({ name: 'POST /chat', parentSpanContext: { spanId: '00f067aa0ba902b7' } });
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
});

test('a request that the application traces has no second span, and work within a span is in its context too', async () => {
  trace.setGlobalTracerProvider(host);
  context.setGlobalContextManager(new StackContextManager().enable());
  const tracing = await globalTracing();
  const outer = host.getTracer('host').startSpan('HTTP POST');

  const store = context.with(trace.setSpan(context.active(), outer), () =>
    traceRequest(tracing, request, newResponse()),
  );
  requestContext.run(store, () => {
    const inner = tracing.start('inner');
    inner.run(() => expect(traceHeaders().traceparent).toContain(trace.getActiveSpan()?.spanContext().spanId));
    inner.end();
  });

  const [inner, ...others] = exporter.getFinishedSpans();
  expect(others).toEqual([]);
  expect(inner?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});

test('a provider of an older version of the API is used as well', async () => {
  const registry = globalThis as { [name: symbol]: unknown };
  registry[Symbol.for('opentelemetry.js.api.1')] = { version: '1.4.0', trace: host };

  const tracing = await globalTracing();
  tracing.start('old').end();

  delete registry[Symbol.for('opentelemetry.js.api.1')];
  expect(exporter.getFinishedSpans()).toMatchObject([{ name: 'old' }]);
});
