// The timeline of a stream, under way and after its end, on both databases.
import { setTimeout as delay } from 'node:timers/promises';
import { routes, type TimelineResponse } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { describe, expect, test } from 'vitest';
import { DATABASE } from '../../../database/database.ts';
import { gatedReply, readUntil } from '../app.testing.ts';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';

const { reply } = providerScripts;
const stallMs = 300;

describe.each(serversOnEachDatabase)('on %s', (name, start) => {
  const servers = useServers(start);

  async function timelineOf(streamId: string, server = servers.app): Promise<TimelineResponse> {
    const { status, body } = await server.send(routes.timeline(streamId));
    expect(status).toBe(200);
    return body as TimelineResponse;
  }

  /** Resolves with the timeline once all readers are closed and stored, from the node that does not produce the stream. */
  async function storedTimeline(streamId: string, readers: number): Promise<TimelineResponse> {
    const closed = async () =>
      (await timelineOf(streamId, servers.other)).readers.filter(({ closedMs }) => closedMs !== undefined).length;
    await expect.poll(closed).toBe(readers);
    return timelineOf(streamId, servers.other);
  }

  test('contains a stall of the provider, and a reader that lost its connection and resumed', async () => {
    const resumed = Promise.withResolvers<void>();
    const beforeDelta = (index: number) => (index === 2 ? resumed.promise.then(() => delay(stallMs)) : undefined);
    servers.app.provider.respond(reply(['潮汐 ', '🌊 one', ' two', ' three'], { beforeDelta }));

    const connection = new AbortController();
    const response = await servers.app.open(routes.stream, { body: { message: 'x' }, signal: connection.signal });
    const seen = await readUntil(response, 'one');
    const streamId = String(response.headers['stream-id']);
    const underWay = await timelineOf(streamId);
    connection.abort();
    await collect(response.messages).catch(() => {});
    const headers = { 'last-event-id': String(seen.at(-1)?.id) };
    const { messages } = await servers.app.open(routes.streamById(streamId), { headers });
    resumed.resolve();
    await collect(messages);
    const ended = await storedTimeline(streamId, 2);

    expect(underWay.endedMs).toBeUndefined();
    // On a busy machine there may be more parts.
    expect(underWay).toMatchObject({ streamId, readers: [{ after: 0 }] });
    expect([underWay.read, underWay.stored].map((parts) => parts.at(-1)?.offset)).toEqual([9, 9]);
    expect(underWay.readers[0]).not.toHaveProperty('closedMs');
    const stalled = ended.read.findIndex(({ offset }) => offset === 9);
    const [before, after] = ended.read.slice(stalled);
    expect((after?.fromMs ?? 0) - (before?.untilMs ?? 0)).toBeGreaterThan(stallMs / 2); // the text before may be read late
    const ends = [ended.read, ended.stored, ...ended.readers.map(({ written }) => written)].map((parts) =>
      parts.at(-1),
    );
    expect(ends.map((part) => part?.offset)).toEqual([19, 19, 9, 20]); // the end counts 1
    expect(ended.readers.map(({ after }) => after)).toEqual([0, 9]);
    const [lost, next] = ended.readers;
    expect(next?.openedMs).toBeGreaterThanOrEqual(lost?.openedMs ?? 0);
    expect(ended).toMatchObject({ finishReason: 'stop', endedMs: expect.any(Number) });
    expect(ended).not.toHaveProperty('isPartial');
    expect(Math.abs(Date.parse(ended.startedAt) - Date.now())).toBeLessThan(60_000);
  });

  test('contains readers of another node, which itself knows only those before the end', async () => {
    const { script, open } = gatedReply(['Hello'], [' 潮']);
    servers.app.provider.respond(script);
    const streamId = await servers.app.start({ message: 'x' });
    const response = await servers.other.open(routes.streamById(streamId));
    await readUntil(response, 'Hello');

    const there = await timelineOf(streamId, servers.other);
    open();
    await collect(response.messages);
    const ended = await storedTimeline(streamId, 1);

    expect(there.readers).toMatchObject([{ after: 0, written: [{ offset: 5 }] }]);
    expect([there.isPartial, there.read.length]).toEqual(name === 'SQLite' ? [undefined, 1] : [true, 0]);
    expect(ended.readers).toMatchObject([{ after: 0 }]);
    expect(ended.readers[0]?.written.at(-1)?.offset).toBe(8);
    expect([ended.isPartial, ended.read.at(-1)?.offset]).toEqual([undefined, 7]);
  });

  test('is 404 for other users, and is deleted with the reply', async () => {
    servers.app.provider.respond(reply(['Hello']));
    const response = await servers.app.open(routes.stream, { body: { message: 'x', sessionId: 'deleted' } });
    await collect(response.messages);
    const streamId = String(response.headers['stream-id']);
    await storedTimeline(streamId, 1);

    const others = await servers.app.send(routes.timeline(streamId), { user: 'eve' });
    const unknown = await servers.app.send(routes.timeline('01M8K04C7TGQAXWVZ8W3GKSQ0V'));
    const anonymous = await servers.app.send(routes.timeline(streamId), { user: null });
    await servers.app.send(routes.session('deleted'), { method: 'DELETE' });
    const deleted = await servers.app.send(routes.timeline(streamId));
    await servers.app.purged();

    expect([others.status, unknown.status, anonymous.status, deleted.status]).toEqual([404, 404, 401, 404]);
    const { query } = servers.app.provided(DATABASE as never) as import('../../../database/database.ts').Database;
    const rows = await query.selectFrom('stream_timelines').select('body').where('stream_id', '=', streamId).execute();
    expect(rows).toEqual([]);
  });
});
