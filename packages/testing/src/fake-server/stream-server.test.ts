// The programmable server matches the wire format byte for byte.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StreamServer, startStreamServer } from './stream-server.ts';

let server: StreamServer;
beforeEach(async () => {
  const usage = { promptTokens: 9, completionTokens: 2 };
  server = await startStreamServer({ onStart: (one) => one.text('Hello', ' world').end('stop', { usage }) });
});
afterEach(() => server.close());

function start(key: string, message = 'Hi') {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  return fetch(`${server.url}/api/ai-chat/stream`, { method: 'POST', headers, body: JSON.stringify({ message }) });
}

function read(lastEventId: string) {
  return fetch(`${server.url}/api/ai-chat/streams/01JTEST0000`, { headers: { 'Last-Event-ID': lastEventId } });
}

test('a stream is written as documented, what has gathered in one event', async () => {
  const response = await start('key');

  expect(response.headers.get('stream-id')).toBe('01JTEST0000');
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await response.text()).toBe(
    'id: 01JTEST0000/0\n\n' +
      'id: 01JTEST0000/11\ndata: {"content":"Hello world","done":false}\n\n' +
      'id: 01JTEST0000/12\ndata: {"done":true,"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":2}}\n\n',
  );
});

test('the same key is the same stream, and with another body a conflict', async () => {
  const bodies = [await (await start('key')).text(), await (await start('key')).text()];

  expect(bodies[0]).toBe(bodies[1]);
  expect(server.streams).toHaveLength(1);
  expect((await start('key', 'Other')).status).toBe(409);
});

test('a resume begins anywhere, at a seen end is 204, and beyond it 400', async () => {
  await (await start('key')).text();

  expect(await (await read('01JTEST0000/7')).text()).toContain('data: {"content":"orld","done":false}');
  expect((await read('01JTEST0000/12')).status).toBe(204);
  expect((await read('01JTEST0000/13')).status).toBe(400);
  expect((await read('01JOTHER/3')).status).toBe(400);
});

test('a cut comes after exactly so many bytes', async () => {
  server.plan({ cutAfterBytes: 30, cutIsClean: true, pieces: [1, 7] });

  expect(await (await start('key')).text()).toBe('id: 01JTEST0000/0\n\nid: 01JTEST');
});
