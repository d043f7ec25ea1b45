// The SSE reader against real servers, with complete and lost connections.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { collect, openSse, readSse, SseError } from './sse.ts';

const servers: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('events and comments arrive in order, however the bytes are cut', async () => {
  const bytes = Buffer.from('id: a/1\ndata: {"content":"é🙂"}\n\n: heartbeat\n\ndata: plain\n\n');
  const url = await serve(async (_, response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await nextTurn(); // so that the bytes are sent separately
    }
    response.end();
  });

  const messages = await collect(readSse(url));

  expect(messages).toEqual([{ id: 'a/1', data: { content: 'é🙂' } }, { comment: 'heartbeat' }, { data: 'plain' }]);
});

test('a message arrives before the response ends', async () => {
  const url = await serve((_, response) => response.write('data: 1\n\n'));

  const messages = await collect(readSse(url), { until: ({ data }) => data === 1 });

  expect(messages).toEqual([{ data: 1 }]);
});

test('leaving the loop closes the connection', async () => {
  const closed = Promise.withResolvers<void>();
  const url = await serve((_, response) => {
    response.once('close', closed.resolve).write('data: 1\n\n');
  });

  for await (const _ of readSse(url)) break;

  await closed.promise;
});

test('aborting ends the loop without an error', async () => {
  const url = await serve((_, response) => response.write('data: 1\n\n'));
  const controller = new AbortController();

  const seen: unknown[] = [];
  for await (const message of readSse(url, { signal: controller.signal })) {
    seen.push(message);
    controller.abort();
  }

  expect(seen).toEqual([{ data: 1 }]);
});

test('a lost connection throws, or ends the list on request', async () => {
  const url = await serve((_, response) => response.write('data: 1\n\n', () => response.destroy()));

  await expect(collect(readSse(url))).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await collect(readSse(url), { lossIsEnd: true })).toEqual([{ data: 1 }]);
});

test('an error response carries status, headers and body; 204 is an empty list', async () => {
  const url = await serve((request, response) => {
    response.writeHead(request.url === '/seen' ? 204 : 429, { 'retry-after': '3' }).end('{"code":"rate-limited"}');
  });

  const refusal = await collect(readSse(url)).catch((error: unknown) => error);

  expect(refusal).toBeInstanceOf(SseError);
  expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after': '3' }, body: '{"code":"rate-limited"}' });
  expect(await collect(readSse(`${url}/seen`))).toEqual([]);
});

test('a body goes as a JSON POST with the headers given', async () => {
  const url = await serve(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    response.end(
      JSON.stringify([request.method, request.headers['content-type'], request.headers.authorization, body]),
    );
  });

  const answer = await openSse(url, { body: { message: 'Hi' }, headers: { authorization: 'Bearer x' } });

  expect(JSON.parse(await answer.text())).toEqual(['POST', 'application/json', 'Bearer x', '{"message":"Hi"}']);
});
