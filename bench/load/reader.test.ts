// The load verifies every server by these counts, so they must not depend on how the bytes were cut.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { stampOf } from '../upstream/script.ts';
import { countTokens, firstStamps, Reader } from './reader.ts';

test('tokens are counted by their mark in any framing', () => {
  expect(countTokens(Buffer.from('data: {"content":" wak~ wak~","done":false}\n\n0: wak~'))).toBe(3);
});

test('only a complete stamp is a delay', () => {
  const delays: number[] = [];

  countTokens(Buffer.from(`~${stampOf(performance.now())}" ~00012`), (ms) => delays.push(ms));

  expect(delays).toHaveLength(1);
  expect(delays[0]).toBeCloseTo(0, -2);
});

test('a first token carries its send time and the arrival of the request', () => {
  const bytes = Buffer.from(`data: {"content":"~${stampOf(2.5)}${stampOf(1)}"}`);

  expect(firstStamps(bytes)).toEqual({ sentMs: 2.5, arrivedMs: 1 });
  expect(firstStamps(Buffer.from('~12'))).toBeUndefined();
});

test('a reader counts the tokens after the head, also when the head arrives in pieces', async () => {
  const server = createServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nStream-Id: a~b\r\n');
    socket.once('data', () => socket.end('\r\n wak~ wak~'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const reader = new Reader({ port: (server.address() as AddressInfo).port, request: 'GET / HTTP/1.1\r\n\r\n' });
  await reader.ended;
  server.close();

  expect(reader).toMatchObject({ status: 200, streamId: 'a~b', tokens: 2 });
});
