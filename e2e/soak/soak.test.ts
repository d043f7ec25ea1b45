// A soak on the embedded store: each reply equals its source whatever happens, nothing stays open, and memory stays flat.
// `npm run soak` takes 30 minutes with 300 streams and saves the figures in docs/; `npm test` runs a minute with 30, which
// cause each fault several times.
import { expect, test } from 'vitest';
import { openFixture } from '../faults/fixture/fixture.ts';
import { liveMemoryEnv } from '../faults/fixture/live-memory.ts';
import { saveResult } from './measurements.ts';
import { Soak } from './soak.ts';
import { expectSteady, size, soakTimeout } from './steady.ts';

const env = { ...liveMemoryEnv, ai_stall_timeout: '10', stream_retention: '120' };

test('replies with faults equal their source, and the server stays as it was', { timeout: soakTimeout }, async () => {
  await using fixture = await openFixture({ env });
  const { server, provider, headers } = fixture;
  const soak = new Soak({ provider, users: [headers], urls: [server.url], ...size });

  const result = await expectSteady(soak, server);

  if (size.seconds >= 600) saveResult(result); // a shorter one is a trial
  expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);
});
