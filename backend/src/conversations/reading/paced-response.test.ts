// Downloads of any length and format let the event loop turn, however fast their chunks are read.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
