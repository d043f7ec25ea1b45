// One change that is told to a thousand feeds delays nobody else.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { routes } from '@sillage/protocol';
import { openSse } from '@sillage/testing';
import { expect, test } from 'vitest';
import { openStage } from '../faults/support.ts';

const feeds = 1_000;

test('a change that is told to a thousand feeds of one user reaches all, and holds the server for no time', async () => {
  await using stage = await openStage();
  await stage.read(await stage.start({ message: 'Hi', sessionId: 's' }));
  const open: ClientRequest[] = [];
  let told = 0;
  const follow = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(stage.server.url + routes.feed, { agent: false, headers: stage.headers }).end();
      open.push(sent.once('error', reject));
      sent.once('response', (response: IncomingMessage) => {
        response.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('session-changed')) told++;
        });
        resolve();
      });
    });
  for (let i = 0; i < feeds; i += 100) await Promise.all(Array.from({ length: 100 }, follow));

  const waits: number[] = [];
  const changed = rename(stage.server.url, stage.headers);
  while (told < feeds) {
    const askedAt = performance.now();
    await (await openSse(`${stage.server.url}/health/live`)).text();
    waits.push(performance.now() - askedAt);
  }
  await changed;
  for (const sent of open) sent.on('error', () => {}).destroy();

  expect(told).toBe(feeds);
  expect(waits.length).toBeGreaterThan(2); // others were served while it was told
  expect(Math.max(...waits)).toBeLessThan(300);
});

async function rename(url: string, headers: Record<string, string>): Promise<void> {
  const renamed = await openSse(`${url}${routes.session('s')}`, {
    method: 'PATCH',
    headers,
    body: { title: '新标题' },
  });
  expect(renamed.status).toBe(200);
  await renamed.text();
}
