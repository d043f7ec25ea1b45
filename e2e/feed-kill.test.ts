// The feed across kill -9 of the server: it resumes without repeats, and contains the end that recovery wrote.
import { type FeedEvent, routes } from '@sillage/protocol';
import { openSse, providerScripts, type SseMessage, startProvider, startServer } from '@sillage/testing';
import { expect, test } from 'vitest';

const { reply, stallAfter } = providerScripts;

test('a feed resumes after its last id after kill -9, and contains the end that recovery wrote', async () => {
  const provider = await startProvider();
  await using server = await startServer({
    env: { ai_api_url: provider.url, ai_api_key: 'sk-x', ai_titles: 'false' },
  });
  const headers = { authorization: `Bearer ${await server.token()}` };
  const post = async (body: object) => {
    const response = await openSse(`${server.url}${routes.streams}`, { headers, body });
    return (JSON.parse(await response.text()) as { streamId: string }).streamId;
  };
  const follow = async (type: FeedEvent['type'], after?: string) => {
    const feed = await openSse(`${server.url}${routes.feed}`, {
      headers: { ...headers, ...(after !== undefined && { 'last-event-id': after }) },
    });
    const read: SseMessage[] = [];
    for await (const message of feed.messages) {
      if ((message.data as FeedEvent | undefined)?.sessionId === undefined) continue;
      read.push(message);
      if ((message.data as FeedEvent).type === type) break;
    }
    return read;
  };

  provider.respond(reply(['Hello']));
  const first = follow('stream-ended');
  await post({ message: 'x', sessionId: 'a' });
  const received = await first;
  provider.respond(stallAfter(['Half']));
  const streamId = await post({ message: 'y', sessionId: 'b' });
  await server.kill();
  await server.restart();
  const rest = await follow('stream-ended', received.at(-1)?.id);
  await provider.stop();

  expect(rest.map(({ data }) => data)).toEqual([{ type: 'stream-ended', sessionId: 'b', streamId }]);
});
