// Reading over HTTP: resuming from an offset, invalid positions, and the retention of streams.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { contentOf, endOf, gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';

const text = 'Hello 👍 world';
const length = text.length;
let server: TestApp;
/** A stream that has ended. */
let streamId: string;

beforeAll(async () => {
  server = await startApp({ timings: { heartbeatMs: 40 } });
  server.provider.respond(providerScripts.reply([text]));
  streamId = await server.start({ message: 'Hi' });
  await server.read(streamId);
});
afterAll(() => server.close());

function lastEventId(offset: number | string, id = streamId) {
  return { 'last-event-id': `${id}/${offset}` };
}

function after(offset: number | string, id = streamId) {
  return `${routes.streamById(id)}?after=${offset}`;
}

describe('an ended stream', () => {
  test('is read from the start', async () => {
    const messages = await server.read(streamId);

    expect(contentOf(messages)).toBe(text);
    expect(endOf(messages)).toMatchObject({ done: true, finishReason: 'stop' });
  });

  test('is resumed after Last-Event-ID, or after ?after', async () => {
    const byHeader = await server.read(streamId, { headers: lastEventId(5) });
    const byQuery = await collect((await server.open(after(5))).messages);

    expect(contentOf(byHeader)).toBe(' 👍 world');
    expect(byQuery).toEqual(byHeader);
    expect(byHeader.map(({ id }) => id)).toEqual([5, length, length + 1].map((offset) => `${streamId}/${offset}`));
  });

  test('sets Last-Event-ID to where reading begins', async () => {
    const { text } = await server.send(after(5));

    expect(text.split('\n\n')[0]).toBe(`id: ${streamId}/5\ndata: {"content":"","done":false}`);
  });

  test('prefers Last-Event-ID to ?after, as an EventSource that reconnects sends both', async () => {
    const messages = await collect((await server.open(after(0), { headers: lastEventId(8) })).messages);

    expect(contentOf(messages)).toBe(' world');
  });

  test('sends only the end to a reader that has seen the text', async () => {
    const messages = await server.read(streamId, { headers: lastEventId(length) });

    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatchObject({ data: { content: '', done: false } });
    expect(endOf(messages)).toMatchObject({ done: true });
  });

  test('responds 204 to a reader that has seen the end', async () => {
    const answers = [await server.send(after(length + 1))];
    answers.push(await server.send(routes.streamById(streamId), { headers: lastEventId(length + 1) }));

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ]);
  });

  test.each([
    ['within a surrogate pair', '?after=7', undefined],
    ['within a surrogate pair', '', 7],
    ['beyond its end', `?after=${length + 2}`, undefined],
    ['beyond its end', '', length + 2],
    ['negative', '?after=-1', undefined],
    ['no number', '?after=x', undefined],
    ['there twice', '?after=1&after=2', undefined],
    ['no offset', '', 'x'],
  ])('responds with 400 to an offset that is %s', async (_, query, offset) => {
    const { status, body } = await server.send(`${routes.streamById(streamId)}${query}`, {
      headers: offset === undefined ? {} : lastEventId(offset),
    });

    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'bad-request', error: expect.any(String) } });
  });

  test('responds 400 to the Last-Event-ID of another stream', async () => {
    const other = await server.start({ message: 'Hi' });

    const { status, body } = await server.send(routes.streamById(streamId), { headers: lastEventId(1, other) });

    expect({ status, body }).toMatchObject({
      status: 400,
      body: { code: 'bad-request', fields: { 'Last-Event-ID': 'names another stream' } },
    });
  });

  test('is complete when read in any two pieces', async () => {
    for (let offset = 0; offset <= length; offset++) {
      if (offset === 7) continue;
      const messages = await server.read(streamId, { headers: lastEventId(offset) });
      expect(text.slice(0, offset) + contentOf(messages)).toBe(text);
    }
  });
});

describe('an active stream', () => {
  test('can be resumed in the middle and followed to its end', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const id = await server.start({ message: 'Hi' });

    const response = await server.open(after(2, id));
    const first = await readUntil(response, 'llo');
    open();

    expect(contentOf([...first, ...(await collect(response.messages))])).toBe('llo world');
  });

  test('sends nothing to a reader that is ahead of the stream until the stream gets there', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const id = await server.start({ message: 'Hi' });

    const response = await server.open(after(8, id));
    open();

    expect(response.status).toBe(200);
    expect(contentOf(await collect(response.messages))).toBe('rld');
  });

  test('closes the connection of a reader whose offset is past its end', async () => {
    const { script, open } = gatedReply(['Hello'], []);
    server.provider.respond(script);
    const id = await server.start({ message: 'Hi' });

    const response = await server.open(after(100, id));
    open();
    const messages = await collect(response.messages);

    expect(response.status).toBe(200);
    expect(contentOf(messages)).toBe('');
    expect(endOf(messages)).toMatchObject({ done: false });
    expect((await server.send(after(100, id))).status).toBe(400);
  });

  test('sends the same text to many readers', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const id = await server.start({ message: 'Hi' });

    const readings = Promise.all(Array.from({ length: 20 }, () => server.read(id)));
    open();

    expect((await readings).map(contentOf)).toEqual(Array(20).fill('Hello world'));
  });
});

describe('a connection', () => {
  test('ends after stream_max_age without an end event, and the reader resumes', async () => {
    const short = await startApp({ timings: { maxAgeMs: 60 } });
    const { script, open } = gatedReply(['Hello'], [' world']);
    short.provider.respond(script);
    const id = await short.start({ message: 'Hi' });

    let first = await short.read(id);
    while (contentOf(first) === '') first = await short.read(id); // the model may take longer than the connection lasts
    open();
    const rest = await short.read(id, { headers: { 'last-event-id': first.at(-1)?.id ?? '' } });
    await short.close();

    expect(contentOf(first)).toBe('Hello');
    expect(endOf(first)).toMatchObject({ done: false });
    expect(contentOf(rest)).toBe(' world');
  });
});

describe('a stream older than stream_retention', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('is 410 at the moment of reading, on every route, although nothing was swept', async () => {
    const short = await startApp({ timings: { retentionMs: 60_000, sweepMs: 3_600_000 } });
    const id = await short.start({ message: '你好' });
    await short.read(id);
    const statusNow = async () => (await short.send(routes.streamById(id))).status;

    const before = await statusNow();
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_001);
    const after = await statusNow();
    const others = [
      await short.send(routes.streamById(id), { headers: { 'last-event-id': `${id}/3` } }),
      await short.send(`${routes.streamSse}?message=x`, { headers: { 'last-event-id': `${id}/3` } }),
      await short.send(routes.timeline(id)),
    ];
    await short.close();

    expect([before, after]).toEqual([200, 410]);
    expect(others.map(({ status }) => status)).toEqual([410, 410, 410]);
  });

  test('is 410, also for a repeated start, and later 404', async () => {
    const short = await startApp({
      timings: { retentionMs: 500, forgottenMs: 1_500, sweepMs: 150, clockSettleMs: 50 },
    });
    const headers = { 'idempotency-key': 'one' };
    const body = { message: 'Hi' };
    const id = await short.start(body, { headers });
    await short.read(id);

    const seen: number[] = [];
    let twin = 0;
    for (const deadline = Date.now() + 15_000; seen.at(-1) !== 404 && Date.now() < deadline; ) {
      const { status } = await short.send(routes.streamById(id));
      if (status === 410 && twin === 0) twin = (await short.send(routes.stream, { body, headers })).status;
      if (seen.at(-1) !== status) seen.push(status);
    }
    await short.close();

    expect(seen.slice(-2)).toEqual([410, 404]);
    expect(twin).toBe(410);
  });
});
