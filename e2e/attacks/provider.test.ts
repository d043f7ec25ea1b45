// A hostile provider: replies without an end, without text or of unbounded size, and error messages that forge log lines.
import type { ServerResponse } from 'node:http';
import { type ProviderScript, providerChunk, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';
import { liveMemoryEnv, readLiveMb } from '../faults/fixture/live-memory.ts';

const key = 'sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z';

let fixture: Fixture;
/** Gives up a reply without text after three seconds, and any reply after six. */
let impatient: Fixture;
beforeAll(async () => {
  const env = { ai_api_key: key, NO_COLOR: '1' };
  const limits = { ai_stall_timeout: '9', ai_text_timeout: '3', ai_max_duration: '6' };
  [fixture, impatient] = await Promise.all([openFixture({ env }), openFixture({ env: { ...env, ...limits } })]);
});
afterAll(() => Promise.all([fixture[Symbol.asyncDispose](), impatient[Symbol.asyncDispose]()]));

/** Generates a reply that fails; resolves once its end has been read and logged. */
async function generate(script: ProviderScript, { message = '你好 Hello', on = fixture } = {}) {
  on.provider.respond(script);
  const streamId = await on.start({ message });
  const reader = await on.read(streamId);
  const line = new RegExp(`Stream ${streamId} failed[^\\n]*\\n`);
  await expect.poll(() => line.test(on.server.output())).toBe(true); // it comes through a pipe
  return { text: reader.text, finishReason: reader.end?.finishReason, code: reader.end?.code };
}

function open(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

/** Repeats `piece` without end: every `paceMs`, or, for 0, as fast as the server reads. */
const endless =
  (piece: string, { paceMs = 20, first = '' } = {}): ProviderScript =>
  async (_request, response) => {
    open(response);
    response.write(first);
    while (!response.destroyed) {
      const hasRoom = response.write(piece);
      if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
      else if (!hasRoom) await drained(response);
    }
  };

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

describe('a reply without text ends as provider-timeout, whatever else the provider sends', () => {
  test.each([
    ['comments', ': still here\n\n'],
    ['empty deltas', providerChunk({ content: '' })],
    ['roles', providerChunk({ role: 'assistant' })],
    ['blank lines', '\n'],
    ['unknown fields', 'retry: 1\nid: 1\n\n'],
    ['events of other names', 'event: ping\ndata: {"choices":[]}\n\n'],
  ])('%s', async (_name, piece) => {
    const first = providerChunk({ content: '第一 first' });
    const scripts: ProviderScript[] = [endless(piece), endless(piece, { first })];
    const either: ProviderScript = (request, response) =>
      scripts[JSON.stringify(request.body).includes('text before') ? 1 : 0]?.(request, response);

    const ends = await Promise.all([
      generate(either, { on: impatient }),
      generate(either, { on: impatient, message: 'text before' }),
    ]);

    const failed = { finishReason: 'error', code: 'provider-timeout' };
    expect(ends).toEqual([
      { text: '', ...failed },
      { text: '第一 first', ...failed },
    ]);
  });

  test('101 Switching Protocols', async () => {
    const script: ProviderScript = (_request, response) => {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    };

    const end = await generate(script, { on: impatient });

    expect(end).toMatchObject({ finishReason: 'error' });
    expect(end.code).toMatch(/^provider-(bad-response|timeout)$/); // the request is retried twice, within about a second
  });

  test('endless early hints', async () => {
    const script: ProviderScript = async (_request, response) => {
      while (!response.destroyed) {
        response.socket?.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    const end = await generate(script, { on: impatient });

    expect(end).toMatchObject({ finishReason: 'error', code: 'provider-timeout' });
  });
});

test('a reply without an end is ended after ai_max_duration, with its text', async () => {
  const piece = providerChunk({ content: '再 again ' });

  const end = await generate(endless(piece, { paceMs: 50, first: piece.repeat(10) }), { on: impatient });

  expect(end).toMatchObject({ finishReason: 'error', code: 'provider-timeout' });
  expect(end.text).toMatch(/^(再 again ){10,}$/);
});

describe('eight concurrent replies of unbounded size are ended within bounded memory', () => {
  let lenient: Fixture;
  beforeAll(async () => {
    // A heap in which eight events of the largest size have room, and events without a limit do not.
    const NODE_OPTIONS = `${liveMemoryEnv.NODE_OPTIONS} --max-old-space-size=128`;
    lenient = await openFixture({ env: { NODE_OPTIONS } });
    await lenient.read(await lenient.start({ message: 'Hi' })); // warm-up
  });
  afterAll(() => lenient[Symbol.asyncDispose]());

  test.each([
    ['lines of one event that never ends', 'data: x\n'.repeat(2_000)],
    ['a line that never ends', 'x'.repeat(60_000)],
    ['a line of Chinese that never ends', '字'.repeat(20_000)],
    ['an event of large lines', `data: ${'字'.repeat(20_000)}\n`],
  ])('%s', async (_name, piece) => {
    lenient.provider.respond(endless(piece, { paceMs: 0, first: 'data: ' }));
    const before = await readLiveMb(lenient.server);

    const ids = await Promise.all(Array.from({ length: 8 }, () => lenient.start({ message: 'Hi' })));
    const ends = await Promise.all(ids.map(async (id) => (await lenient.read(id)).end?.code));

    expect(ends).toEqual(Array(8).fill('provider-bad-response'));
    expect((await readLiveMb(lenient.server)) - before).toBeLessThan(4); // eight such events would be at least 8 MB
  });
});

describe('an error message of a provider is logged as one line without control characters', () => {
  async function logOf(script: ProviderScript, message?: string): Promise<string> {
    const before = fixture.server.output().length;
    await generate(script, message === undefined ? {} : { message });
    return fixture.server.output().slice(before);
  }

  test.each([
    ['in a code', { code: 'x\r\n\u001b[2J[Nest] 1 - LOG forged\u0007', message: 'No' }],
    ['in a message', { message: 'No\n\u001b]0;forged\u0007\u202eLOG\u2028forged' }],
    ['in a type, escaped twice', { type: 'a\\nforged\\u001b[31m' }],
  ])('%s', async (_name, error) => {
    const log = await logOf(providerScripts.status(400, { error }));

    const lines = log.trimEnd().split(/[\n\r\u2028]/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/Stream \w+ failed: provider-refused: 400 /);
    expect(lines[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test.each([
    ['as it is', key],
    ['in JSON escapes', [...key].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')],
    ['with one sign escaped', key.replace('-', '%2D')],
    ['with a space in it', `${key.slice(0, 9)} ${key.slice(9)}`],
    ['in base64', Buffer.from(`Bearer ${key}`).toString('base64')],
  ])('without the key, %s', async (_name, spelled) => {
    const log = await logOf(providerScripts.status(401, { error: { message: `Incorrect key: ${spelled}.` } }));

    expect(log).toContain('Incorrect key');
    expect(log).toContain('[key]');
    expect(log).not.toContain(spelled);
    expect(log.replaceAll(/[^\w]/g, '')).not.toContain(key.slice(8, 24));
  });

  test('without the parts of the message that it repeats', async () => {
    const message = '我的诊断是罕见的心脏病, my diagnosis is a rare heart disease';

    const log = await logOf(providerScripts.status(400, { error: { message: `Bad input: ${message}` } }), message);

    expect(log).toContain('Bad input');
    expect(log).not.toMatch(/心脏病|heart/);
  });
});

test('a provider cannot cause a retry of a rejected request', async () => {
  const before = fixture.provider.requests.length;

  const end = await generate(providerScripts.status(400, { error: { message: 'No' } }, { 'x-should-retry': 'true' }));

  expect(end.code).toBe('provider-refused');
  expect(fixture.provider.requests.length - before).toBe(1);
});
