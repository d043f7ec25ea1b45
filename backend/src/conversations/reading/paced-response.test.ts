// Downloads of any length and format let the event loop turn, however fast their chunks are read.
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsSince } from '@sillage/testing';
import { expect, test } from 'vitest';
import { PacedWriter } from './paced-response.ts';

test('a download whose chunks never wait lets the event loop turn every few milliseconds', async () => {
  const writer = new PacedWriter({ slowReaderMs: 60_000 });
  let turns = 0;
  const counting = setInterval(() => turns++);
  async function* chunks(): AsyncGenerator<string> {
    const before = process.threadCpuUsage(); // on a busy machine, this thread may get little of a second
    while (turns < 20 && cpuMsSince(before) < 1_000) yield ''; // not written: a full socket would wait
    yield `${turns}`;
  }
  const writing = Promise.withResolvers<void>();
  const server = createServer((_, response: ServerResponse) => {
    turns = 0;
    writer.write(response, chunks()).then(writing.resolve, writing.reject);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const seen = Number(await response.text());
  await writing.promise;
  clearInterval(counting);
  server.close();

  expect(seen).toBeGreaterThanOrEqual(20);
});

test('a download goes on when its next chunk takes longer than a reader may take nothing', async () => {
  const writer = new PacedWriter({ slowReaderMs: 50 });
  const closed = Promise.withResolvers<void>();
  async function* chunks(): AsyncGenerator<string> {
    yield 'one ';
    await Promise.race([closed.promise, delay(500)]);
    yield 'two';
  }
  const server = createServer((_, response: ServerResponse) => {
    response.once('close', closed.resolve);
    void writer.write(response, chunks());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const text = await response.text();
  server.close();

  expect(text).toBe('one two');
});

test('a download whose reader takes nothing is cut', async () => {
  const writer = new PacedWriter({ slowReaderMs: 50 });
  const cut = Promise.withResolvers<boolean>();
  async function* chunks(): AsyncGenerator<string> {
    for (;;) yield 'x'.repeat(1_000_000);
  }
  const server = createServer(async (_, response: ServerResponse) => {
    await writer.write(response, chunks());
    cut.resolve(response.destroyed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  reader.pause().write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const isCut = await cut.promise;
  reader.destroy();
  server.close();

  expect(isCut).toBe(true);
});
