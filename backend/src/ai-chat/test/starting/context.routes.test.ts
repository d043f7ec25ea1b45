// Completion requests and stored messages over HTTP: history, conversations, siblings.
import { routes } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let sessionId: string;
let count = 0;

beforeAll(async () => {
  server = await startApp();
});
beforeEach(() => {
  sessionId = `session-${++count}`;
  server.provider.respond(providerScripts.reply(['Answer']));
});
afterAll(() => server.close());

async function say(body: Record<string, unknown>): Promise<void> {
  const { status, text } = await server.send(routes.stream, { body });
  if (status !== 200) throw new Error(text);
}

/** Returns the messages of the latest question as `role: content`. */
function sentMessages(): string[] {
  const body = server.provider.requests.at(-1)?.body as { messages: { role: string; content: string }[] } | undefined;
  return (body?.messages ?? []).map(({ role, content }) => `${role}: ${content}`);
}

test('history that is given is the context, also in a conversation', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'Two', sessionId, history: [{ role: 'user', content: 'Mine' }] });

  expect(sentMessages()).toEqual(['user: Mine\n\nTwo']);
  expect((await server.session(sessionId)).messages.map(({ content }) => content)).toEqual([
    'One',
    'Answer',
    'Two',
    'Answer',
  ]);
});

test('without history, the stored conversation is the context', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'Two', sessionId });

  expect(sentMessages()).toEqual(['user: One', 'assistant: Answer', 'user: Two']);
});

test('an empty history is an empty context', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'Two', sessionId, history: [] });

  expect(sentMessages()).toEqual(['user: Two']);
});

test('another user’s conversation with the same id is another one', async () => {
  await say({ message: 'One', sessionId });
  await server.send(routes.stream, { user: 'bob', body: { message: 'Two', sessionId } });

  expect(sentMessages()).toEqual(['user: Two']);
  expect((await server.session(sessionId)).messages).toHaveLength(2);
});

test('a reply that failed without text is a message, and not part of the context', async () => {
  server.provider.respond(providerScripts.status(401, { error: { message: 'no' } }));
  await say({ message: 'One', sessionId });
  server.provider.respond(providerScripts.reply(['Answer']));
  await say({ message: 'Two', sessionId });

  const { messages } = await server.session(sessionId);
  expect(messages[1]).toMatchObject({ role: 'assistant', content: '', finishReason: 'error', code: 'provider-auth' });
  expect(sentMessages()).toEqual(['user: One\n\nTwo']);
});

test('regenerate sends the prompt again and makes a sibling', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'Two', sessionId });
  const before = (await server.session(sessionId)).messages;
  server.provider.respond(providerScripts.reply(['Other answer']));

  await say({ sessionId, regenerate: before[3]?.id });
  const { messages, leafId } = await server.session(sessionId);

  expect(sentMessages()).toEqual(['user: One', 'assistant: Answer', 'user: Two']);
  expect(messages).toHaveLength(5);
  expect(messages[4]).toMatchObject({ role: 'assistant', content: 'Other answer', parentId: before[2]?.id });
  expect(leafId).toBe(messages[4]?.id);
});

test('parentId says which message a new one follows', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'Two', sessionId });
  const before = (await server.session(sessionId)).messages;

  await say({ message: 'Two, edited', sessionId, parentId: before[1]?.id });
  const { messages } = await server.session(sessionId);
  await say({ message: 'Three', sessionId });

  expect(messages[4]).toMatchObject({ role: 'user', content: 'Two, edited', parentId: before[1]?.id });
  expect(sentMessages()).toEqual([
    'user: One',
    'assistant: Answer',
    'user: Two, edited',
    'assistant: Answer',
    'user: Three',
  ]);
});

test('the first message is edited by a parent of null', async () => {
  await say({ message: 'One', sessionId });

  await say({ message: 'One, edited', sessionId, parentId: null });
  const { messages } = await server.session(sessionId);

  expect(messages[2]).toMatchObject({ role: 'user', content: 'One, edited' });
  expect(messages[2]?.parentId).toBeUndefined();
  expect(sentMessages()).toEqual(['user: One, edited']);
});

test('ids that do not fit are 400', async () => {
  await say({ message: 'One', sessionId });
  await say({ message: 'One', sessionId: `${sessionId}-other` });
  const [question] = (await server.session(sessionId)).messages;
  const [, foreign] = (await server.session(`${sessionId}-other`)).messages;

  const answers = [
    await server.send(routes.stream, { body: { sessionId, regenerate: question?.id } }),
    await server.send(routes.stream, { body: { sessionId, regenerate: foreign?.id } }),
    await server.send(routes.stream, { body: { sessionId, message: 'x', parentId: foreign?.id } }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  expect((await server.session(sessionId)).messages).toHaveLength(2);
});

test('without a sessionId nothing is stored as a conversation', async () => {
  await say({ message: 'One' });

  await say({ message: 'Two' });

  expect(sentMessages()).toEqual(['user: Two']);
});

test('a reply under way is in its conversation, with its stream', async () => {
  server.provider.respond(providerScripts.stallAfter(['Half']));
  const streamId = await server.start({ message: 'One', sessionId });

  const { activeStreamId, messages } = await server.session(sessionId);
  await server.send(routes.stop(streamId), { method: 'POST' });

  expect(activeStreamId).toBe(streamId);
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(messages[1]).toMatchObject({ streamId });
  expect(messages[1]).not.toHaveProperty('finishReason');
});

test('a continuation is requested with the text so far and an instruction, and is later one message of the context with it', async () => {
  server.provider.respond(providerScripts.reply(['一、二、'], { finishReason: 'length' }));
  await say({ message: 'Count 数えて', sessionId });
  const [, first] = (await server.session(sessionId)).messages;
  server.provider.respond(providerScripts.reply(['三。']));

  await say({ continue: first?.id, sessionId });
  const continued = sentMessages();
  const [, , second] = (await server.session(sessionId)).messages;
  await say({ regenerate: second?.id, sessionId });
  const again = sentMessages();
  await say({ message: 'Thanks', sessionId });

  expect(continued).toEqual(['user: Count 数えて', 'assistant: 一、二、', expect.stringContaining('user: Continue')]);
  expect(again).toEqual(continued);
  expect(sentMessages()).toEqual(['user: Count 数えて', 'assistant: 一、二、三。', 'user: Thanks']);
  expect((await server.session(sessionId)).messages.map(({ parentId }) => parentId)).toMatchObject({
    2: first?.id,
    3: first?.id,
  });
});

test('neither a message of the user nor a reply without text can be continued', async () => {
  await say({ message: 'One', sessionId });
  const [prompt] = (await server.session(sessionId)).messages;

  for (const body of [
    { continue: prompt?.id, sessionId },
    { continue: 'unknown', sessionId },
    { continue: prompt?.id },
    { continue: prompt?.id, sessionId, message: 'Two' },
  ]) {
    expect((await server.send(routes.stream, { body })).status).toBe(400);
  }
});
