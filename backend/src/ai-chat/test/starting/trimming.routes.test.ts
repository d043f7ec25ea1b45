// A context beyond the model's window, over HTTP: the messages sent to the model, and how the reply reports the
// trimming.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endOf, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
const sessionId = 'a';

beforeAll(async () => {
  server = await startApp({
    settings: { ai_context_window: '600', ai_max_tokens: '100', ai_system_prompt: 'Be brief.' },
  });
  server.provider.respond(providerScripts.reply(['word '.repeat(100)]));
});
afterAll(() => server.close());

const say = async (body: Record<string, unknown>) =>
  endOf(await collect((await server.open(routes.stream, { body })).messages));
/** Returns the messages of the latest question as `role, first word, number of words`. */
function asked(): string[] {
  const body = server.provider.requests.at(-1)?.body as { messages: { role: string; content: string }[] } | undefined;
  return (body?.messages ?? []).map(({ role, content }) => {
    const words = content.trim().split(' ');
    return `${role} ${words[0]} ${words.length}`;
  });
}

test('the oldest messages are omitted first, the system prompt and the new message stay, and the reply has the number of omitted ones', async () => {
  const ends = [];
  for (const message of ['One', 'Two', 'Three'])
    ends.push(await say({ message: `${message} ${'x '.repeat(99)}`, sessionId }));

  const { messages } = await server.session(sessionId);
  const replies = messages.filter(({ role }) => role === 'assistant').map(({ trimmedTurns }) => trimmedTurns);
  expect(ends.map(({ trimmedTurns }) => trimmedTurns)).toEqual([undefined, undefined, 2]);
  expect(replies).toEqual([undefined, undefined, 2]);
  expect(asked()).toEqual(['system Be 2', 'user Two 100', 'assistant word 100', 'user Three 100']);
  const again = await server.read(String(messages.at(-1)?.streamId));
  expect(endOf(again)).toMatchObject({ trimmedTurns: 2 });
});

test('a history that is given is trimmed as well', async () => {
  const history = Array.from({ length: 20 }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: `${i} ${'x '.repeat(48)}`,
  }));

  const end = await say({ message: 'Now', history });

  expect(asked().at(-1)).toBe('user Now 1');
  expect(asked()[1]).toMatch(/^user /);
  expect(asked()).toHaveLength(2 + 20 - Number(end.trimmedTurns));
  expect(Number(end.trimmedTurns)).toBeGreaterThan(8);
});

test('a message that is too long by itself is sent to the provider', async () => {
  const end = await say({ message: 'y '.repeat(2_000), history: [{ role: 'user', content: 'x' }] });

  expect(asked()).toEqual(['system Be 2', 'user y 2000']);
  expect(end).toMatchObject({ trimmedTurns: 1 });
});
