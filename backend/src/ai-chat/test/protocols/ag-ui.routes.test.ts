// AG-UI clients on stored streams (docs/ai-sdk.md), with the real client, which validates every event.
import { HttpAgent, type Message } from '@ag-ui/client';
import { EventSchemas } from '@ag-ui/core/schemas';
import { collect, providerChunk, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type TestApp } from '../app.testing.ts';

let app: TestApp;
let threadId: string;

beforeAll(async () => {
  app = await startApp();
});
beforeEach(() => {
  threadId = crypto.randomUUID();
  app.provider.respond(providerScripts.reply(Array.from(text)));
});
afterAll(() => app.close());

const text = 'Bonjour 你好 👋🏽';
const user = (id: string, content: string): Message => ({ id, role: 'user', content });

const agentOf = async (initialMessages: Message[]) =>
  new HttpAgent({
    url: `${app.url}/api/ag-ui`,
    headers: { authorization: `Bearer ${await app.token()}` },
    threadId,
    initialMessages,
  });
const post = (body: object) => app.send('/api/ag-ui', { method: 'POST', body: { threadId, runId: 'r', ...body } });
const asked = () => {
  const body = app.provider.requests.at(-1)?.body as { messages: Message[] };
  return body.messages.map(({ content }) => content);
};

test('a run contains the reasoning, the text and the usage, and the next run follows it in the conversation', async () => {
  app.provider.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(providerChunk({ reasoning_content: '想🤔' }));
    for (const content of Array.from(text)) response.write(providerChunk({ content }));
    response.write(providerChunk({}, 'stop'));
    response.end('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\ndata: [DONE]\n\n');
  });
  const agent = await agentOf([user(`u-${threadId}`, 'Salut')]);
  const finished: unknown[] = [];

  await agent.runAgent({}, { onRunFinishedEvent: ({ event }) => void finished.push(event) });
  agent.addMessage(user(`v-${threadId}`, 'Encore'));
  await agent.runAgent({ forwardedProps: { temperature: 0.5 } });

  expect(agent.messages.map(({ role, content }) => [role, content]).slice(0, 3)).toEqual([
    ['user', 'Salut'],
    ['reasoning', '想🤔'],
    ['assistant', text],
  ]);
  expect(finished).toMatchObject([
    { outcome: { type: 'success' }, result: { finishReason: 'stop' }, usage: [{ inputTokens: 9, outputTokens: 2 }] },
  ]);
  expect(asked()).toEqual(['Salut', text, 'Encore']);
  expect(app.provider.requests.at(-1)?.body).toMatchObject({ temperature: 0.5 });
  const shown = agent.messages.filter(({ role }) => role !== 'reasoning').map(({ id }) => id);
  expect((await app.session(threadId)).messages.map(({ id }) => id)).toEqual(shown);
});

test('a message that is run again gets the reply under way, and after its end another reply', async () => {
  app.provider.respond(providerScripts.stallAfter([text]));
  const body = { threadId, messages: [user(`u-${threadId}`, 'x')] };
  const first = await app.open('/api/ag-ui', { body: { ...body, runId: 'one' } });
  const second = await app.open('/api/ag-ui', { body: { ...body, runId: 'two' } });

  await app.send(`/api/chat/${threadId}/stop`, { method: 'POST' });
  const ends = (await Promise.all([first, second].map(({ messages }) => collect(messages)))).map(
    (all) => all.at(-1)?.data,
  );
  app.provider.respond(providerScripts.reply(['另一个']));
  const again = await post({ ...body, forwardedProps: { message: 'y', parentId: 'z', temperature: 0.5 } });

  expect(first.headers['stream-id']).toBe(second.headers['stream-id']);
  for (const [index, end] of ends.entries()) {
    expect(EventSchemas.parse(end)).toMatchObject({
      type: 'RUN_FINISHED',
      runId: ['one', 'two'][index],
      outcome: { type: 'cancelled' },
    });
  }
  expect(again.text).toContain('另一个');
  expect((await app.session(threadId)).messages).toHaveLength(3);
});

test('a reply that fails is a run with an error message that says what to do', async () => {
  app.provider.respond(providerScripts.resetAfter(['前半']));
  const agent = await agentOf([user(`u-${threadId}`, 'x')]);
  const errors: unknown[] = [];

  await agent.runAgent({}, { onRunErrorEvent: ({ event }) => void errors.push(event) }).catch(() => {});

  expect(errors).toMatchObject([{ code: 'provider-unavailable', message: expect.stringMatching(/Try again/) }]);
  expect((await app.session(threadId)).messages.at(-1)?.content).toBe('前半');
});

test.each([
  [{ messages: [] }, 'bad-request'],
  [{ runId: undefined, messages: [user('m', 'x')] }, 'bad-request'],
  [{ messages: [{ id: 'm', role: 'user', content: [{ type: 'image' }] }] }, 'bad-request'],
  [{ messages: [{ id: 'other', role: 'assistant', content: 'x' }, user('m', 'x')] }, undefined],
  [{ messages: [user('other', 'x'), user('m', 'x')] }, 'conflict'],
])('a request that cannot be answered is refused: %#', async (body, code) => {
  const answer = await post(body);

  expect((answer.body as { code?: string } | undefined)?.code).toBe(code);
});

test('a request without a token is refused', async () => {
  expect((await app.send('/api/ag-ui', { method: 'POST', user: null, body: {} })).status).toBe(401);
});
