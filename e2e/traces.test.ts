// The traces of the built server as a process: what it loads, what it sends at its shutdown, and a collector that is away.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { routes } from '@sillage/protocol';
import {
  collect,
  freePort,
  type Provider,
  providerScripts,
  readSse,
  type ServerProcess,
  startCollector,
  startProvider,
  startServer,
} from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const { reply, stallAfter } = providerScripts;
let provider: Provider;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

async function read(server: ServerProcess) {
  return readSse(`${server.url}${routes.stream}`, {
    headers: { authorization: `Bearer ${await server.token()}` },
    body: { message: 'Hi 字 🌊' },
  });
}

/** Prints the name of each module of OpenTelemetry that the process loads. */
const watched = `data:text/javascript,import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { if (/otlp|opentelemetry/.test(url)) console.log('LOADED ' + url); return next(url, context); } });`;

test('no package of OpenTelemetry is loaded unless a collector is set', async () => {
  const NODE_OPTIONS = `--import=${watched.replaceAll(/\s+/g, '%20').replaceAll("'", '%27')}`;
  const collector = await startCollector();
  await using without = await startServer({ env: { NODE_OPTIONS, ai_api_url: provider.url } });
  await using tracing = await startServer({
    env: { NODE_OPTIONS, ai_api_url: provider.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  await collect(await read(without));

  expect(without.output()).not.toContain('LOADED');
  expect(tracing.output()).toMatch(/LOADED .*otlp-traces/);
  await collector.stop();
});

test('the spans of a reply that a shutdown interrupts are sent before the process exits', async () => {
  provider.respond(stallAfter(['Hello']));
  const collector = await startCollector();
  await using server = await startServer({
    env: {
      ai_api_url: provider.url,
      shutdown_grace: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'chat',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    },
  });
  const messages = await read(server);
  await messages.next();
  await messages.next();

  const code = await server.stop();

  expect(code).toBe(0);
  const generation = collector.spans.find(({ name }) => name === 'sillage.generation');
  expect(generation).toMatchObject({ attributes: { 'sillage.finish_reason': 'interrupted' } });
  expect(generation?.resource).toMatchObject({ 'service.name': 'chat' });
  expect(collector.spans.map(({ name }) => name)).toContain('POST /api/ai-chat/stream');
  await collector.stop();
});

test.each([
  ['refuses connections', async () => undefined],
  ['never responds', hanging],
])('a collector that %s is logged once', async (_, start) => {
  provider.respond(reply(['Hello', ' 潮']));
  const collector = await start();
  const port = (collector?.address() as AddressInfo | undefined)?.port ?? (await freePort());
  await using server = await startServer({
    env: {
      ai_api_url: provider.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_BSP_SCHEDULE_DELAY: '10',
    },
  });

  for (let replies = 0; replies < 5; replies++) await collect(await read(server));
  await expect.poll(() => server.output()).toContain('Traces cannot be sent');
  const code = await server.stop();

  expect(code).toBe(0);
  expect(server.output().match(/Traces cannot be sent/g)).toHaveLength(1);
  collector?.closeAllConnections();
  collector?.close();
});

test('a collector that never responds delays neither replies nor the shutdown', async () => {
  provider.respond(reply(['Hello', ' 潮']));
  const collector = await hanging();
  await using without = await startServer({ env: { ai_api_url: provider.url } });
  await using server = await startServer({
    env: {
      ai_api_url: provider.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '3600000', // a reply that waited for it would end this test by its limit
      OTEL_BSP_SCHEDULE_DELAY: '10',
    },
  });
  const connected = once(collector, 'request');

  const ends = [await collect(await read(server)), await connected, await collect(await read(server))];
  const withoutMs = await timeToStop(without);
  const stopMs = await timeToStop(server);

  expect(ends).toHaveLength(3);
  // A shutdown sends spans for 1.5 s; a batch that is waited for takes 30 s.
  expect(stopMs, `${withoutMs} ms without a collector`).toBeLessThan(10_000 + 2 * withoutMs);
  collector.closeAllConnections();
  collector.close();
});

async function timeToStop(server: ServerProcess): Promise<number> {
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  return performance.now() - began;
}

async function hanging(): Promise<Server> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
