// The spans of replies that end in each way, as a collector receives them, on both databases.
import { readFileSync } from 'node:fs';
import { routes } from '@sillage/protocol';
import { type CollectedSpan, type Collector, collect, providerScripts, startCollector } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ServerTraces, startTracing } from '../../operations/tracing/start-tracing.ts';
import { providerKey, readUntil, type TestApp } from './app.testing.ts';
import { serversOnEachDatabase } from './nodes/nodes.testing.ts';

const { errorAfter, reply, stallAfter, status } = providerScripts;
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const [serverKind, clientKind] = [2, 3];
const errorStatus = 2;

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  let collector: Collector;
  let traces: ServerTraces | undefined;
  let servers: { app: TestApp; other: TestApp; close: () => Promise<void> };

  beforeAll(async () => {
    collector = await startCollector();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-collector-key=abc');
    vi.stubEnv('OTEL_SERVICE_NAME', 'chat-of-the-tests');
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '20');
    traces = await startTracing(process.env);
    servers = await start({ settings: { ai_system_prompt: 'système 🌊 secret' } });
  });
  afterAll(async () => {
    await servers.close();
    await traces?.shutdown();
    await collector.stop();
    vi.unstubAllEnvs();
  });

  /** Resolves with the spans of a reply, once its request and its generation are over. */
  async function spansOf(streamId: string) {
    const generation = await named('sillage.generation', streamId);
    const started = await named('sillage.start', streamId);
    const inTrace = ({ traceId }: CollectedSpan) => traceId === generation.traceId;
    const request = await collector.span((span) => inTrace(span) && span.kind === serverKind);
    const child = (name: string) =>
      collector.span((span) => span.parentSpanId === generation.spanId && span.name.startsWith(name));
    return { request, started, generation, call: await child('chat '), end: await child('sillage.end') };
  }

  function named(name: string, streamId: string) {
    return collector.span((span) => span.name === name && span.attributes['sillage.stream.id'] === streamId);
  }

  async function replyTo(headers: Record<string, string> = {}) {
    const response = await servers.app.open(routes.stream, {
      body: { message: 'une-phrase-privée 字', sessionId: 'a-private-session', temperature: 0.5, maxTokens: 50 },
      headers,
    });
    return { streamId: String(response.headers['stream-id']), response };
  }

  test('a complete reply has a span for its request, start, provider call and end, within one another', async () => {
    servers.app.provider.respond(reply(['une-réponse-privée 潮汐', ' 🌊']));
    const asked = servers.app.provider.requests.length;

    const { streamId, response } = await replyTo();
    await collect(response.messages);
    const { request, started, generation, call, end } = await spansOf(streamId);

    expect(request).toMatchObject({ name: 'POST /api/ai-chat/stream', parentSpanId: '', kind: serverKind, status: 0 });
    expect(request.attributes).toMatchObject({ 'http.response.status_code': 200 });
    expect([started.parentSpanId, generation.parentSpanId]).toEqual([request.spanId, started.spanId]);
    expect([call.parentSpanId, end.parentSpanId]).toEqual([generation.spanId, generation.spanId]);
    expect(generation.attributes).toMatchObject({
      'sillage.finish_reason': 'stop',
      'sillage.length': 'une-réponse-privée 潮汐 🌊'.length,
    });
    expect(generation.attributes['enduser.pseudo.id']).toMatch(/^[0-9a-f]{16}$/);
    expect(call).toMatchObject({ name: 'chat gpt-3.5-turbo', kind: clientKind, status: 0 });
    expect(call.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-3.5-turbo',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 50,
      'gen_ai.response.model': expect.any(String),
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.usage.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
    });
    expect(call.events).toEqual([{ name: 'first_token', attributes: {} }]);
    expect(call.resource).toMatchObject({ 'service.name': 'chat-of-the-tests' });
    expect(end.startMs).toBeGreaterThanOrEqual(call.startMs);
    const passedOn = `00-${call.traceId}-${call.spanId}-01`;
    expect(servers.app.provider.requests[asked]?.headers.traceparent).toBe(passedOn);
    expect(collector.headers[0]).toMatchObject({ 'x-collector-key': 'abc' });
  });

  test('the traceparent of a request is continued, also its decision not to sample', async () => {
    servers.app.provider.respond(reply(['x']));
    const asked = servers.app.provider.requests.length;

    const sampled = await replyTo({ traceparent, tracestate: 'vendor=1' });
    await collect(sampled.response.messages);
    const unsampled = await replyTo({ traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-00' });
    await collect(unsampled.response.messages);
    const { request, call } = await spansOf(sampled.streamId);

    const [, traceId, parentSpanId] = traceparent.split('-');
    expect(request).toMatchObject({ traceId, parentSpanId });
    const [first, second] = servers.app.provider.requests.slice(asked).map(({ headers }) => headers);
    expect(first).toMatchObject({ traceparent: `00-${traceId}-${call.spanId}-01`, tracestate: 'vendor=1' });
    expect(second?.traceparent).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
    expect(collector.spans.filter((span) => span.traceId.startsWith('aaaa'))).toEqual([]);
  });

  test('a reply that another node stops has its finish reason, and no error', async () => {
    servers.app.provider.respond(stallAfter(['Hello 潮']));
    const { streamId, response } = await replyTo();
    await readUntil(response, 'Hello 潮');

    await servers.other.send(routes.stop(streamId), { method: 'POST' });
    await collect(response.messages);
    const { generation, call, end } = await spansOf(streamId);
    const stop = await collector.span(({ name }) => name === 'POST /api/ai-chat/streams/:streamId/stop');

    expect(generation).toMatchObject({ status: 0, attributes: { 'sillage.finish_reason': 'stopped' } });
    expect([call.status, end.status, stop.status]).toEqual([0, 0, 0]);
    expect(call.attributes['gen_ai.response.finish_reasons']).toBeUndefined();
    expect(call.events).toMatchObject([{ name: 'first_token' }]);
  });

  test('a failed reply has an error status with its code, and the cause that is logged', async () => {
    servers.app.provider.respond(errorAfter(['une-réponse-privée'], { message: 'overloaded', code: 503 }));
    const broken = await replyTo();
    await collect(broken.response.messages);
    servers.app.provider.respond(status(401, { error: { message: `Bad key ${providerKey}` } }));
    const refused = await replyTo();
    await collect(refused.response.messages);

    const [one, other] = [await spansOf(broken.streamId), await spansOf(refused.streamId)];
    expect(one.generation).toMatchObject({ status: errorStatus, attributes: { 'sillage.finish_reason': 'error' } });
    expect(one.call).toMatchObject({
      status: errorStatus,
      attributes: { 'error.type': expect.stringMatching(/^provider-/) },
    });
    expect(one.call.events.at(-1)).toMatchObject({ name: 'exception' });
    expect(one.call.events.at(-1)?.attributes['exception.message']).toContain('overloaded');
    expect(other.call.attributes['error.type']).toBe('provider-auth');
    expect(other.generation.attributes['error.type']).toBe('provider-auth');
    expect(other.request.status).toBe(0); // a refusal after the headers is no failure of the request
  });

  test('a rejected start is an error of its span, and a rejected request has its status', async () => {
    await servers.app.send(routes.stream, { body: { message: 'x', model: 'no-such-model' } });
    await servers.app.send(routes.stream, { user: null, body: { message: 'x' } });

    const failed = await collector.span((span) => span.name === 'sillage.start' && span.status === errorStatus);
    const rejected = await collector.span(({ attributes }) => attributes['http.response.status_code'] === 401);

    expect(failed.attributes['error.type']).toBe('bad-request');
    expect(rejected).toMatchObject({ name: 'POST /api/ai-chat/stream', status: 0 });
  });

  test('no span has a key, token, text or id of a user, and the names of spans are the documented ones', async () => {
    const token = await servers.app.token();
    const secrets = ['privée', '潮', 'système', 'a-private-session', providerKey, token, '"ada"', 'x-collector-key'];
    for (const secret of secrets) expect(collector.raw()).not.toContain(secret);

    const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
    const table = /## Traces[^#]*/.exec(page)?.[0] ?? '';
    const documented = new Set(
      [...table.matchAll(/`((?:http|sillage|enduser|gen_ai|server|error)\.[a-z_.]+)`/g)].map(([, name]) => name),
    );
    const spanNames = ['sillage.start', 'sillage.generation', 'sillage.end'];
    const arrived = new Set([...spanNames, ...collector.spans.flatMap(({ attributes }) => Object.keys(attributes))]);
    expect([...documented].sort()).toEqual([...arrived].sort());
    const names = collector.spans.map(({ name, kind }) => (kind === serverKind ? 'request' : name));
    expect(new Set(names)).toEqual(new Set(['request', 'chat gpt-3.5-turbo', ...spanNames]));
  });
});
