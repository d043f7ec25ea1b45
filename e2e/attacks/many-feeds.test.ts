// One change that is sent to a thousand feeds does not delay other requests.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { routes } from '@sillage/protocol';
import { openSse } from '@sillage/testing';
import { expect, test } from 'vitest';
import { openFixture } from '../faults/fixture/fixture.ts';
import { slowestOfIdle, slowestRequest } from '../faults/fixture/request-times.ts';

const feeds = 1_000;

test('a change reaches a thousand feeds of one user, and other requests are served meanwhile', async () => {
  await using fixture = await openFixture();
  await fixture.read(await fixture.start({ message: 'Hi', sessionId: 's' }));
  const open: ClientRequest[] = [];
  let notified = 0;
  const follow = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(fixture.server.url + routes.feed, { agent: false, headers: fixture.headers }).end();
      open.push(sent.once('error', reject));
      sent.once('response', (response: IncomingMessage) => {
        response.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('session-changed')) notified++;
        });
        resolve();
      });
    });
  for (let i = 0; i < feeds; i += 100) await Promise.all(Array.from({ length: 100 }, follow));

  const { url } = fixture.server;
  const idleMs = await slowestOfIdle(url);
  let served = 0;
  const changed = rename(url, fixture.headers);
  const slowestMs = await slowestRequest(url, (sent) => {
    served = sent;
    return notified < feeds;
  });
  await changed;
  for (const sent of open) sent.on('error', () => {}).destroy();

  expect(notified).toBe(feeds);
  expect(served).toBeGreaterThan(2); // while the feeds were notified
  expect(slowestMs, `an idle server took ${idleMs} ms`).toBeLessThan(300 + 5 * idleMs);
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
