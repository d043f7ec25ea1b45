// Large conversations of one user: erasing them and downloading them slowly delays no other user and holds no memory.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { routes } from '@sillage/protocol';
import { openSse, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';
import { residentMb } from '../faults/fixture/process-figures.ts';
import { slowestOfIdle, slowestRequest } from '../faults/fixture/request-times.ts';

const turns = 150;
const text = '长的回复👍 and a long reply. '.repeat(1_400).slice(0, 32_000);

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  fixture.provider.respond(providerScripts.reply([text]));
  for (let turn = 0; turn < turns; turn++) {
    await fixture.read(await fixture.start({ message: text, history: [], sessionId: 'large' }));
  }
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('sixty slow downloads of one conversation are held in flat memory', async () => {
  const before = residentMb(fixture.server.pid);

  const downloads = await Promise.all(Array.from({ length: 60 }, () => openExport()));
  for (const download of downloads) await once(download, 'readable'); // and then nothing is read
  const { status } = await openSse(`${fixture.server.url}/health/live`);
  const held = residentMb(fixture.server.pid) - before;
  for (const download of downloads) download.destroy();

  expect(status).toBe(200);
  expect(held).toBeLessThan(250); // 60 exports of 10 million units are over 1 GB
});

test('an export is whole, also for a reader that pauses', async () => {
  const download = await openExport();
  const parts: Buffer[] = [];
  for await (const part of download) {
    parts.push(part as Buffer);
    await new Promise((resolve) => setImmediate(resolve));
  }

  const { messages } = JSON.parse(Buffer.concat(parts).toString('utf8'));

  expect(messages).toHaveLength(2 * turns);
  expect(messages.every(({ content }: { content: string }) => content === text)).toBe(true);
});

test('erasing everything delays no other request, and is effective at once', async () => {
  const { url } = fixture.server;
  const idleMs = await slowestOfIdle(url);
  let isErased = false;

  const erased = fetch(fixture.server.url + routes.sessions, { method: 'DELETE', headers: fixture.headers });
  void erased.then(() => {
    isErased = true;
  });
  const slowestMs = await slowestRequest(url, (sent) => !isErased || sent < 50);

  expect((await erased).status).toBe(204);
  expect((await openSse(fixture.server.url + routes.session('large'), { headers: fixture.headers })).status).toBe(404);
  // One transaction would stop the server for seconds, and for longer on a slower machine.
  expect(slowestMs, `an idle server took ${idleMs} ms`).toBeLessThan(1_000 + 5 * idleMs);
});

async function openExport(): Promise<IncomingMessage> {
  const sent = request(fixture.server.url + routes.exportSession('large', 'json'), {
    agent: false,
    headers: fixture.headers,
  }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response.on('error', () => {}); // a test that ends early cuts it
}
