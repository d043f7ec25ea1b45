// A provider that sends token counts which no database accepts: the reply still ends with its text, and blocks no later one.
import { providerChunk, providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import type { Fixture } from '../faults/fixture/fixture.ts';
import { describeEachStore } from './each-store.ts';

const text = '渡轮在哪里？ Where is the ferry? 🎉';

/** Sends a whole reply and a usage chunk with the given counts, which may be anything. */
const reply = (usage: string) =>
  providerScripts.raw([
    providerChunk({ content: text }),
    providerChunk({}, 'stop'),
    `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":${usage}}\n\n`,
    'data: [DONE]\n\n',
  ]);

function suite(fixture: () => Fixture): void {
  test.each(['9.5', '3e9', '-1', '"12"', 'null'])('counts of %s', async (count) => {
    const { provider, server, start, read, session } = fixture();
    const sessionId = `counts-${Buffer.from(count).toString('hex')}`;
    provider.respond(reply(`{"prompt_tokens":${count},"completion_tokens":${count},"total_tokens":${count}}`));
    let leaf: string | undefined;
    const ask = async () => {
      const streamId = await start({ message: '你好 👋', sessionId, ...(leaf && { parentId: leaf }) });
      const { text, end } = await read(streamId);
      leaf = (await session(sessionId)).leafId;
      return { text, finishReason: end?.finishReason };
    };

    const first = await ask();
    const second = await ask(); // one stream a user: the first holds no place any more

    expect([first, second]).toEqual(Array(2).fill({ text, finishReason: 'stop' }));
    const { messages } = await session(sessionId);
    expect(messages.map(({ content }) => content)).toEqual(['你好 👋', text, '你好 👋', text]);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  });
}

describeEachStore('a reply ends, and so does the next', suite, { max_streams_per_user: '1' });
