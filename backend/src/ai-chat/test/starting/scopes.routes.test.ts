// A token that lists organizations, workspaces or projects has no access to data that its user created under others.
import { type FeedEvent, routes, type SessionsResponse } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  const servers = useServers(start);
  let user: string;
  let count = 0;

  beforeEach(() => {
    user = `海-${++count}`;
    for (const node of [servers.app, servers.other]) node.provider.respond(providerScripts.reply(['Réponse 🚢']));
  });

  const both = { organizations: ['o1', '组织二'] };
  const first = { organizations: ['o1'] };
  const second = { organizations: ['组织二'] };

  /** Sends a message, and waits for the whole reply. Returns the stream's id. */
  async function say(sessionId: string | undefined, body: object = {}, claims: object = {}): Promise<string> {
    const options = { user, claims: { ...claims } };
    const streamId = await servers.app.start(
      { message: `Bonjour ${sessionId}`, ...(sessionId && { sessionId }), ...body },
      options,
    );
    await servers.app.read(streamId, options);
    return streamId;
  }

  const send = (path: string, claims: object = {}, options: { method?: string; body?: unknown } = {}) =>
    servers.other.send(path, { user, claims: { ...claims }, ...options });
  const listed = async (claims: object, query = '') =>
    ((await send(`${routes.sessions}${query}`, claims)).body as SessionsResponse).sessions.map(
      ({ sessionId }) => sessionId,
    );

  test('a conversation of another organization is 404 on every route, and stays unchanged', async () => {
    const streamId = await say('a', { currentOrganizationId: '组织二' });
    const routesOf: [string, { method?: string; body?: unknown }?][] = [
      [routes.session('a')],
      [routes.exportSession('a', 'markdown')],
      [routes.exportSession('a', 'json')],
      [routes.session('a'), { method: 'PATCH', body: { title: 'Mine' } }],
      [routes.session('a'), { method: 'DELETE' }],
      [routes.streamById(streamId)],
      [routes.stop(streamId), { method: 'POST' }],
      [routes.streams, { body: { message: 'More', sessionId: 'a' } }],
      [routes.stream, { body: { message: 'More', sessionId: 'a', workspaceId: 'w' } }],
    ];

    for (const claims of [first, { organizations: [] }, { organizations: 'malformed' }]) {
      for (const [path, options] of routesOf) {
        expect(await send(path, claims, options), path).toMatchObject({ status: 404, body: { code: 'not-found' } });
      }
    }

    for (const claims of [second, both, {}]) {
      expect(await send(routes.session('a'), claims)).toMatchObject({ status: 200, body: { title: 'Bonjour a' } });
      expect(await send(routes.streamById(streamId), claims)).toMatchObject({ status: 200 });
    }
  });

  test('the list and its search omit a conversation of another organization', async () => {
    await say('one', { currentOrganizationId: 'o1' });
    await say('two', { currentOrganizationId: '组织二' });
    await say('none');

    expect(await listed(first)).toEqual(['none', 'one']);
    expect(await listed(second)).toEqual(['none', 'two']);
    expect(await listed({ organizations: [] })).toEqual(['none']);
    expect(await listed(both)).toEqual(['none', 'two', 'one']);
    expect(await listed({})).toEqual(['none', 'two', 'one']);
    expect(await listed(first, '?search=bonjour')).toEqual(['none', 'one']);
    expect(await listed(first, '?limit=1')).toEqual(['none']);
  });

  test('one message under another organization hides the whole conversation', async () => {
    await say('a', { currentOrganizationId: 'o1' });
    expect(await listed(first)).toEqual(['a']);

    await say('a', { currentOrganizationId: '组织二' });

    expect(await listed(first)).toEqual([]);
    expect(await listed(second)).toEqual([]);
    expect(await listed(both)).toEqual(['a']);
  });

  test('workspaces and projects narrow in the same way, each by its own list', async () => {
    await say('w', { workspaceId: 'x' });
    await say('p', { projectId: 'x', workspaceId: 'y' });

    expect(await listed({ workspaces: ['x'] })).toEqual(['w']);
    expect(await listed({ projects: ['x'] })).toEqual(['p', 'w']);
    expect(await listed({ projects: ['x'], workspaces: ['x', 'z', 'y'] })).toEqual(['p', 'w']);
    expect(await listed({ projects: [], workspaces: ['x', 'y'] })).toEqual(['w']);
    expect(await listed({ organizations: ['x'] })).toEqual(['p', 'w']);
  });

  test('a stream without a conversation is hidden too, while it runs and after its end', async () => {
    const streamId = await say(undefined, { currentOrganizationId: 'o1' });

    expect(await send(routes.streamById(streamId), second)).toMatchObject({ status: 404 });
    expect(await send(routes.streamById(streamId), first)).toMatchObject({ status: 200 });

    servers.app.provider.respond(providerScripts.hangAfterHeaders());
    const open = await servers.app.start({ message: 'x', currentOrganizationId: 'o1' }, { user });
    for (const node of [servers.app, servers.other]) {
      const stop = { user, claims: second, method: 'POST' };
      expect(await node.send(routes.stop(open), stop)).toMatchObject({ status: 404 });
    }
    expect(await send(routes.stop(open), first, { method: 'POST' })).toMatchObject({ status: 200 });
  });

  test('an idempotency key does not lead to a stream of another organization', async () => {
    const options = { user, headers: { 'idempotency-key': 'k' } };
    const body = { message: 'x', sessionId: 'a', currentOrganizationId: '组织二' };
    await servers.app.start(body, options);

    expect(await servers.app.send(routes.streams, { ...options, claims: first, body })).toMatchObject({ status: 403 });
    expect(await servers.app.send(routes.streams, { ...options, claims: both, body })).toMatchObject({ status: 201 });
  });

  test('the feed reports neither the replies nor the deletion of a conversation of another organization', async () => {
    const feed = await servers.other.open(routes.feed, { user, claims: first });
    await say('two', { currentOrganizationId: '组织二' });
    await send(routes.session('two'), {}, { method: 'PATCH', body: { title: '标题' } });
    await send(routes.session('two'), {}, { method: 'DELETE' });
    await say('one', { currentOrganizationId: 'o1' });

    const told: string[] = [];
    for await (const { data } of feed.messages) {
      const event = data as FeedEvent | undefined;
      if (event?.sessionId !== undefined) told.push(event.sessionId); // the first block names none
      if (event?.type === 'stream-ended') break;
    }
    feed.close();

    expect(new Set(told)).toEqual(new Set(['one']));
  });

  test('a conversation that is created again with an erased id has the organization of its own messages', async () => {
    await say('a', { currentOrganizationId: '组织二' });
    await send(routes.session('a'), {}, { method: 'DELETE' });

    await say('a', { currentOrganizationId: 'o1' }, {});

    expect(await listed(first)).toEqual(['a']);
    expect(await listed(second)).toEqual([]);
  });

  test('erasing everything erases what the token may see', async () => {
    await say('one', { currentOrganizationId: 'o1' });
    await say('two', { currentOrganizationId: '组织二' });
    await say('none');

    expect(await send(routes.sessions, first, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await listed({})).toEqual(['two']);

    expect(await send(routes.sessions, both, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await listed({})).toEqual([]);
  });

  test('a ticket gives access to what the token of its user may see', async () => {
    const streamId = await say('a', { currentOrganizationId: '组织二' });
    const [narrow, wide] = [
      await servers.app.ticket({ user, claims: first }),
      await servers.app.ticket({ user, claims: both }),
    ];

    const read = (ticket: string) =>
      servers.app.send(`${routes.streamById(streamId)}?ticket=${ticket}`, { user: null });
    expect(await read(narrow)).toMatchObject({ status: 404 });
    expect(await read(wide)).toMatchObject({ status: 200 });
  });
});
