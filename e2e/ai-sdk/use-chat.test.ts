// `/api/chat` under the `Chat` class of each version of `@ai-sdk/react`, each with the `DefaultChatTransport` of its own `ai`,
// against the built server.

import { DefaultChatTransport as Transport7 } from 'ai';
import { DefaultChatTransport as Transport5 } from 'ai5';
import { DefaultChatTransport as Transport6 } from 'ai6';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlModel } from '../faults/fixture/controlled-model.ts';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';
import { type AnyChat, type ChatMessage, chatClasses, textOf, waitForText } from './chats.ts';

type Options = { api: string; headers: () => Record<string, string> };
const transports: Readonly<Record<number, (options: Options) => unknown>> = {
  5: (options) => new Transport5(options),
  6: (options) => new Transport6(options),
  7: (options) => new Transport7(options),
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

describe.each(chatClasses)('ai %i', (version, Chat) => {
  /** Opens the chat on a page that shows `messages`. */
  function open(id: string, messages: readonly ChatMessage[] = []): AnyChat {
    const options = { api: `${fixture.server.url}/api/chat`, headers: () => ({ ...fixture.headers }) };
    const transport = transports[version]?.(options);
    return new Chat({ id, transport: transport as never, messages });
  }

  test('a reload follows the reply under way, and the page that it left keeps its text', async () => {
    const model = controlModel(fixture.provider);
    const page = open(`reload-${version}`);
    const sent = page.sendMessage({ text: 'Salut' });
    model.send('一半 👋🏽');
    await waitForText(page, '一半 👋🏽');

    const reloaded = open(`reload-${version}`, page.messages.slice(0, 1));
    const resumed = reloaded.resumeStream();
    await waitForText(reloaded, '一半 👋🏽');
    model.send(', et le reste');
    model.end();
    await Promise.all([sent, resumed]);

    for (const chat of [page, reloaded]) {
      expect(chat.messages.map(textOf)).toEqual(['Salut', '一半 👋🏽, et le reste']);
      expect(chat).toMatchObject({ status: 'ready', error: undefined });
    }
  });

  test('after kill -9 the page keeps the text, nothing is under way, and the conversation goes on', async () => {
    const model = controlModel(fixture.provider);
    const page = open(`kill-${version}`);
    const sent = page.sendMessage({ text: 'Salut' });
    model.send('一半 👋🏽');
    await waitForText(page, '一半 👋🏽');

    await fixture.server.kill();
    await sent;
    expect(page.status).toBe('error');
    await fixture.server.restart();
    const reloaded = open(`kill-${version}`, page.messages);
    await reloaded.resumeStream();
    const resend = controlModel(fixture.provider);
    const again = reloaded.sendMessage({ text: 'Encore' });
    resend.send('Voilà');
    resend.end();
    await again;

    expect(reloaded.messages.map(textOf)).toEqual(['Salut', '一半 👋🏽', 'Encore', 'Voilà']);
    const { messages } = await fixture.session(`kill-${version}`);
    expect(messages.map(({ id }) => id)).toEqual(reloaded.messages.map(({ id }) => id));
    expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'interrupted', undefined, 'stop']);
  });
});
