// Reasoning over HTTP: part of the stream and of the stored message, and of nothing else.
import { type ChatRequest, parseEventId, routes } from '@sillage/protocol';
import { collect, providerChunk, type SseMessage } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, endOf, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let sessionId: string;

beforeAll(async () => {
  server = await startApp();
});
beforeEach(() => {
  sessionId = crypto.randomUUID();
});
afterAll(() => server.close());

type Delta = Readonly<Record<string, unknown>>;

/** Makes the provider reply with these deltas, one chunk each. */
function answer(deltas: readonly Delta[], app = server): void {
  app.provider.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const delta of deltas) response.write(providerChunk(delta));
    response.write(providerChunk({}, 'stop'));
    response.end('data: [DONE]\n\n');
  });
}

async function say(body: Partial<ChatRequest> & { message?: string }, app = server): Promise<SseMessage[]> {
  return collect((await app.open(routes.stream, { body: { sessionId, ...body } })).messages);
}

function reasoningOf(messages: readonly SseMessage[]): string {
  return messages.map(({ data }) => (data as { reasoning?: string } | undefined)?.reasoning ?? '').join('');
}

const thought = 'Let me think. 让我想想🤔\n';
const styles: ReadonlyArray<readonly [name: string, deltas: readonly Delta[]]> = [
  ['reasoning_content', [{ reasoning_content: thought }, { content: 'Yes 是' }]],
  ['reasoning', [{ reasoning: thought, content: '' }, { content: 'Yes 是' }]],
  ['reasoning_details', [{ reasoning_details: [{ type: 'reasoning.text', text: thought }] }, { content: 'Yes 是' }]],
  ['thinking', [{ thinking: thought }, { content: 'Yes 是' }]],
  ['parts', [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: thought }] }] }, { content: 'Yes 是' }]],
  ['tags', Array.from(`<think>${thought}</think>\n\nYes 是`, (content) => ({ content }))],
];

describe.each(styles)('reasoning as %s', (_name, deltas) => {
  test('is streamed in frames of its own, with exact offsets, and stored beside the text', async () => {
    answer(deltas);

    const messages = await say({ message: 'Why?' });

    expect(reasoningOf(messages)).toBe(thought);
    expect(contentOf(messages)).toBe('Yes 是');
    let offset = 0;
    for (const { id, data } of messages) {
      const { content, reasoning, done } = (data ?? { content: '' }) as Record<string, string | boolean>;
      offset += done ? 1 : String(content ?? reasoning).length;
      expect(parseEventId(id ?? '')?.offset).toBe(offset);
      expect(content !== undefined && reasoning !== undefined).toBe(false);
    }
    expect(endOf(messages).reasoningMs).toBeTypeOf('number');
    const [, reply] = (await server.session(sessionId)).messages;
    expect(reply).toMatchObject({ content: 'Yes 是', reasoning: thought, reasoningMs: endOf(messages).reasoningMs });
  });
});

test('a reader resumes within the reasoning and after it, and gets exactly the rest', async () => {
  answer([{ reasoning: thought }, { content: 'Yes 是' }]);
  const streamId = await server.start({ message: 'Why?', sessionId });
  const whole = await server.read(streamId);

  for (let after = 0; after <= thought.length + 5; after++) {
    const answered = await server.open(`${routes.streamById(streamId)}?after=${after}`);
    if (answered.status === 400) {
      expect(thought.codePointAt(after - 1)).toBeGreaterThan(0xffff); // within a surrogate pair
      answered.close();
      continue;
    }
    const rest = await collect(answered.messages);
    expect(reasoningOf(rest)).toBe(thought.slice(after));
    expect(contentOf(rest)).toBe('Yes 是'.slice(Math.max(0, after - thought.length)));
    expect(endOf(rest)).toEqual(endOf(whole));
  }
});

test('reasoning is not sent back to the model, not exported, not searched and not in the title', async () => {
  answer([{ reasoning: 'Secretly 秘密' }, { content: 'Yes' }]);
  await say({ message: 'Why?' });

  await say({ message: 'And why not?' });

  expect(JSON.stringify(server.provider.requests.at(-1)?.body)).not.toMatch(/Secretly|秘密|reasoning/);
  for (const format of ['markdown', 'json']) {
    const { text, status } = await server.send(`${routes.session(sessionId)}/export?format=${format}`);
    expect([status, text.includes('Yes'), /Secretly|秘密|"reasoning"/.test(text)]).toEqual([200, true, false]);
  }
  const { body } = await server.send(`${routes.sessions}?search=Secretly`);
  expect(body).toMatchObject({ sessions: [] });
  expect((await server.session(sessionId)).title).toBe('Why?');
});

test('long reasoning is stored completely, and deleted with its conversation', async () => {
  const long = '思考🤔 think '.repeat(30_000); // more than three rows
  answer([
    ...Array.from({ length: 30 }, (_, n) => ({ reasoning: long.slice(n * 12_000, (n + 1) * 12_000) })),
    { content: 'Yes' },
  ]);
  const streamed = reasoningOf(await say({ message: 'Why?' }));

  const { messages } = await server.session(sessionId);
  const { status } = await server.send(routes.session(sessionId), { method: 'DELETE' });
  await server.purged();

  expect(streamed.length).toBe(long.length);
  expect(streamed === long).toBe(true);
  expect(messages.at(-1)?.reasoning === long).toBe(true);
  expect(messages.at(-1)?.content).toBe('Yes');
  expect(status).toBe(204);
  expect((await server.send(routes.session(sessionId))).status).toBe(404);
});

test('a reply that is stopped during its reasoning keeps its reasoning', async () => {
  server.provider.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(providerChunk({ reasoning: thought }));
  });
  const streamId = await server.start({ message: 'Why?', sessionId });
  const reading = await server.open(routes.streamById(streamId));
  for await (const { data } of reading.messages) if ((data as { reasoning?: string })?.reasoning) break;

  await server.send(routes.stop(streamId), { method: 'POST' });

  const reply = (await server.session(sessionId)).messages.at(-1);
  expect(reply).toMatchObject({ content: '', reasoning: thought, finishReason: 'stopped' });
  expect(reply?.reasoningMs).toBeTypeOf('number');
});

test('with ai_think_tags off, tags stay in the text, and titles still have none', async () => {
  const own = await startApp({ settings: { ai_think_tags: 'false', ai_titles: 'true' } });
  own.provider.respond((request, response) => {
    const isTitle = (request.body as { messages: { role: string }[] }).messages[0]?.role === 'system';
    const content = isTitle ? `<think>${'A name… '.repeat(200)}</think>\nThe wake` : '<think>Hm</think>Yes';
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${providerChunk({ content }, 'stop')}data: [DONE]\n\n`);
  });
  const feed = await own.open(routes.feed);

  const messages = await say({ message: 'Why?' }, own);
  for await (const { data } of feed.messages) if ((data as { type?: string })?.type === 'session-changed') break;

  expect([contentOf(messages), reasoningOf(messages)]).toEqual(['<think>Hm</think>Yes', '']);
  expect((await own.session(sessionId)).title).toBe('The wake');
  await own.close();
});
