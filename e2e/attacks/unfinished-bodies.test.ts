// Bodies that never end: strangers have none received, and those of one user are few. Others are served meanwhile.
import { connect, type Socket } from 'node:net';
import { routes } from '@sillage/protocol';
import { openSse } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openHandles, residentMb } from '../faults/process-figures.ts';
import { openStage, type Stage } from '../faults/support.ts';

let stage: Stage;
const sockets: Socket[] = [];

beforeAll(async () => {
  const smallHeap = '--max-old-space-size=96 --max-semi-space-size=1'; // what grows is what is held
  stage = await openStage({ env: { request_timeout: '5', NODE_OPTIONS: smallHeap } });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => stage[Symbol.asyncDispose]());

const length = 2_000_000;
const part = `{"message":"${'x'.repeat(1_000_000)}`;

/** Announces 2 MB and sends half of it, then waits; resolves with the first line of the response, if any. */
function leaveUnfinished(headers: Record<string, string>): { sent: Promise<void>; closed: Promise<string> } {
  const socket = connect(stage.server.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${routes.streams} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${lines.join('')}`;
  const sent = new Promise<void>((resolve) => {
    socket.write(`${head}content-length: ${length}\r\n\r\n`);
    socket.write(part, () => resolve());
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received.split('\r\n')[0] ?? ''));
  });
  return { sent, closed };
}

describe.each([
  ['strangers', () => ({}), 401],
  ['one user', () => stage.headers, 429],
])('three hundred bodies of 2 MB by %s that do not end', (_, headersOf, refusal) => {
  test('hold no memory, delay nobody, and are closed in time', async () => {
    const before = residentMb(stage.server.pid);
    const handles = openHandles(stage.server.pid);

    const unfinished = Array.from({ length: 300 }, () => leaveUnfinished(headersOf()));
    await Promise.all(unfinished.slice(0, 20).map(({ sent }) => sent));
    const { status } = await openSse(stage.server.url + routes.streams, {
      headers: stage.headers,
      body: { message: 'x' },
    });
    await Promise.race([Promise.all(unfinished.map(({ sent }) => sent)), unfinished[0]?.closed]);
    const held = residentMb(stage.server.pid) - before;
    const statuses = await Promise.all(unfinished.map(({ closed }) => closed));

    expect(status).toBe(201);
    expect(held).toBeLessThan(150);
    const refused = statuses.filter((line) => line.includes(` ${refusal} `));
    expect(refused.length, statuses.join()).toBeGreaterThan(200); // the others were too slow to read it
    await expect.poll(() => openHandles(stage.server.pid)).toBeLessThanOrEqual(handles + 3);
  });
});
