// A user's own settings of a conversation: model, temperature and system prompt, kept with it and used by each start in it.
import { routes, type SessionChange } from '@sillage/protocol';
import { removeFolder, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let user: string;
let count = 0;

beforeAll(async () => {
  server = await startApp({ settings: { ai_model: 'usual', ai_models: 'usual,other', ai_system_prompt: 'Ours.' } });
});
beforeEach(() => {
  user = `user-${++count}`;
});
afterAll(() => server.close());

async function say(body: Record<string, unknown>, to = server): Promise<void> {
  const { status, text } = await to.send(routes.stream, { user, body: { message: 'Hi', sessionId: 'a', ...body } });
  if (status !== 200) throw new Error(text);
}
const set = (settings: SessionChange['settings'], to = server) =>
  to.send(routes.session('a'), { method: 'PATCH', user, body: { settings } });
const session = (of = server) => of.session('a', { user });

/** Returns what the last completion request was made with. */
function asked(by = server) {
  const body = by.provider.requests.at(-1)?.body as Asked | undefined;
  const system = body?.messages.find(({ role }) => role === 'system')?.content;
  return { model: body?.model, temperature: body?.temperature, system };
}

interface Asked {
  readonly model: string;
  readonly temperature?: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

test('the settings of a conversation are used by each start in it, and stored with the replies', async () => {
  await say({});
  expect((await session()).settings).toBeUndefined();

  const { status, body } = await set({ model: 'other', temperature: 0.3, systemPrompt: 'Réponds en 中文 🌊.' });
  await say({});
  const last = (await session()).messages.at(-1);
  await server.send(routes.stream, { user, body: { sessionId: 'a', regenerate: last?.id } });

  expect(status).toBe(200);
  expect(body).not.toHaveProperty('settings'); // the row of the list
  const { settings, messages } = await session();
  expect(settings).toEqual({ model: 'other', temperature: 0.3, systemPrompt: 'Réponds en 中文 🌊.' });
  expect(asked()).toEqual({ model: 'other', temperature: 0.3, system: 'Ours.\n\nRéponds en 中文 🌊.' });
  const replies = messages.filter(({ role }) => role === 'assistant');
  expect(replies.map(({ model, temperature }) => [model, temperature])).toEqual([
    ['usual', undefined],
    ['other', 0.3],
    ['other', 0.3],
  ]);
  expect(replies.map(({ systemPrompt }) => systemPrompt)).toEqual([
    undefined,
    settings?.systemPrompt,
    settings?.systemPrompt,
  ]);
  expect(messages.filter(({ role }) => role === 'user').every((one) => one.systemPrompt === undefined)).toBe(true);
});

test('a change contains only the settings that it changes, and null removes one', async () => {
  await say({});
  await set({ model: 'other', temperature: 0 });
  await set({ systemPrompt: 'Short.' });
  expect((await session()).settings).toEqual({ model: 'other', temperature: 0, systemPrompt: 'Short.' });
  await say({});
  expect(asked()).toMatchObject({ temperature: 0 });

  await set({ model: null, systemPrompt: ' \n' });
  expect((await session()).settings).toEqual({ temperature: 0 });
  await set({ temperature: null });
  await say({});

  expect((await session()).settings).toBeUndefined();
  expect(asked()).toEqual({ model: 'usual', temperature: undefined, system: 'Ours.' });
});

test('the fields of a start have priority for that start, and its system prompt is kept', async () => {
  await say({ model: 'other', temperature: 0.9, systemPrompt: 'First.' });
  expect(asked()).toEqual({ model: 'other', temperature: 0.9, system: 'Ours.\n\nFirst.' });
  expect((await session()).settings).toEqual({ systemPrompt: 'First.' });

  await set({ model: 'other', temperature: 0.2 });
  await say({ model: 'usual', systemPrompt: 'Second.' });
  expect(asked()).toEqual({ model: 'usual', temperature: 0.2, system: 'Ours.\n\nSecond.' });
  await say({});

  expect(asked()).toEqual({ model: 'other', temperature: 0.2, system: 'Ours.\n\nSecond.' });
});

test('a start without a conversation accepts a system prompt, and a repeated start is the same one', async () => {
  const start = () =>
    server.send(routes.streams, {
      user,
      headers: { 'idempotency-key': `key-${user}` },
      body: { message: 'Hi', sessionId: 'a', systemPrompt: 'Once.' },
    });
  const first = await start();
  await set({ temperature: 0.5 });

  expect((await start()).body).toEqual(first.body);
  await server.send(routes.stream, { user, body: { message: 'Hi', systemPrompt: 'Alone.' } });
  expect(asked()).toMatchObject({ system: 'Ours.\n\nAlone.' });
});

test.each([
  ['temperature', 1.1, 'must be at most 1'],
  ['temperature', -0.1, 'must be at least 0'],
  ['model', 'absent', 'must be one of usual, other'],
  ['systemPrompt', 'x'.repeat(8_001), 'must have at most 8000 characters'],
])('a %s that is not allowed is refused, in a change and in a start', async (field, value, reason) => {
  await say({});
  const body = { [field]: value };
  const inChange = await set(body);
  const inStart = await server.send(routes.stream, { user, body: { message: 'Hi', sessionId: 'a', ...body } });

  expect([inChange.status, inStart.status]).toEqual([400, 400]);
  expect(inChange.body).toMatchObject({ fields: { [`settings.${field}`]: reason } });
  expect(inStart.body).toMatchObject({ fields: { [field]: reason } });
  expect((await session()).settings).toBeUndefined();
});

test('an empty change of settings, and an empty system prompt in a start, are refused', async () => {
  await say({});

  expect((await set({})).body).toMatchObject({ fields: { settings: 'must name a setting' } });
  const { body } = await server.send(routes.stream, { user, body: { message: 'Hi', systemPrompt: '' } });
  expect(body).toMatchObject({ fields: { systemPrompt: 'must not be empty' } });
});

test('other users can neither read nor change the settings, and a new conversation with the same id has none', async () => {
  await say({ systemPrompt: 'Mine.' });
  const foreign = await server.send(routes.session('a'), {
    method: 'PATCH',
    user: 'eve',
    body: { settings: { temperature: 1 } },
  });
  await server.send(routes.session('a'), { method: 'DELETE', user });
  await say({});

  expect(foreign.status).toBe(404);
  expect((await session()).settings).toBeUndefined();
  expect(asked()).toMatchObject({ system: 'Ours.' });
});

test('a server that allows less than before ignores stored settings, and refuses new system prompts', async () => {
  const dataDir = tempFolder();
  const before = await startApp({ dataDir, settings: { ai_model: 'usual', ai_models: 'usual,other' } });
  await say({}, before);
  await set({ model: 'other', temperature: 0.9, systemPrompt: 'Mine.' }, before);
  await before.close();
  const after = await startApp({
    dataDir,
    settings: { ai_model: 'usual', ai_max_temperature: '0.5', ai_client_system_prompt: 'false' },
  });

  await say({}, after);
  const refused = await after.send(routes.stream, { user, body: { message: 'Hi', systemPrompt: 'Mine.' } });
  const config = await after.send(routes.config, { user });
  const reply = (await session(after)).messages.at(-1);
  await after.close();
  removeFolder(dataDir);

  expect(asked(after)).toEqual({ model: 'usual', temperature: 0.5, system: undefined });
  expect(reply).toMatchObject({ model: 'usual', temperature: 0.5 });
  expect(reply).not.toHaveProperty('systemPrompt');
  expect(refused.body).toMatchObject({ fields: { systemPrompt: 'is not allowed by this server' } });
  expect(config.body).toMatchObject({ limits: { systemPromptLength: 0 } });
});
