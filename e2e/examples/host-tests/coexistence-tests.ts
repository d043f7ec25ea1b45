// The module in a host application that has filters, interceptors, guards, body limits and other sign-ins.
import { collect, openSse, providerScripts, signToken } from '@sillage/testing';
import { expect, test } from 'vitest';
import { type HostClient, readWhole, secret, text, words } from './host-client.ts';

/** Declares the tests. */
export function coexistenceTests(client: HostClient): void {
  const { base, url, signedIn, post } = client;

  test('leaves exceptions of the host to the host', async () => {
    const refused = await fetch(url('config'), { headers: signedIn({ 'x-refuse': '1' }) });

    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ host: 'caught', status: 403 });
  });

  test('takes a body that is larger than the limit of the host', async () => {
    const history = Array.from({ length: 10 }, (_, turn) => ({
      role: turn % 2 === 0 ? 'user' : 'assistant',
      content: '长'.repeat(50_000),
    }));

    const response = await post('streams', { message: 'Hi', history });

    expect(response.status).toBe(201);
  });

  test('answers JSON that no interceptor of the host has changed', async () => {
    const started = await post('stream', { message: 'Hi', sessionId: 'unchanged' });
    await started.text();

    const config = await (await fetch(url('config'), { headers: signedIn() })).json();
    const session = await (await fetch(url('sessions/unchanged'), { headers: signedIn() })).json();
    const renamed = await fetch(url('sessions/unchanged'), {
      method: 'PATCH',
      body: JSON.stringify({ title: '标题' }),
      headers: signedIn({ 'content-type': 'application/json' }),
    });
    const sessions = await (await fetch(url('sessions'), { headers: signedIn() })).json();
    const erased = await fetch(url('sessions/unchanged'), { method: 'DELETE', headers: signedIn() });

    expect(config).toMatchObject({ demo: false, defaultModel: 'gpt-4o' });
    expect(session.messages).toMatchObject([{ content: 'Hi' }, { content: text }]);
    expect(await renamed.json()).toMatchObject({ title: '标题' });
    expect(sessions.sessions).toContainEqual(expect.objectContaining({ sessionId: 'unchanged', title: '标题' }));
    expect(erased.status).toBe(204);
  });

  test('runs a second configuration with its own path and data, for the user whom passport found', async () => {
    const second = (path: string, authorization: string | undefined, body?: object) =>
      fetch(`${base()}/second/${path}`, {
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
    const grace = `Bearer ${await signToken({ secret, sub: 'grace' })}`;
    expect(await readWhole(await second('stream', grace, { message: 'Hi', sessionId: 'mine' }))).toBe(text);

    const own = await (await second('sessions', grace)).json();
    const first = await (await fetch(url('sessions'), { headers: signedIn() })).json();
    const others = await (await second('sessions', `Bearer ${client.token()}`)).json();
    const anonymous = await second('sessions', undefined);
    const wrong = await second('sessions', 'Bearer wrong');
    const ticket = await second('ticket', grace, {});

    expect(own.sessions).toMatchObject([{ sessionId: 'mine' }]);
    expect(first.sessions.map(({ sessionId }: { sessionId: string }) => sessionId)).not.toContain('mine');
    expect(others.sessions).toEqual([]);
    expect([anonymous.status, (await anonymous.json()).code]).toEqual([401, 'unauthorized']);
    expect([wrong.status, await wrong.json()]).toEqual([401, { host: 'caught', status: 401 }]); // by passport's guard
    expect(ticket.status).toBe(404);
  });

  test('streams to a user of better-auth, which keeps all of /api/auth', async () => {
    const auth = (path: string, options?: RequestInit) => fetch(`${client.server().url}/api/auth/${path}`, options);
    const headers = { 'content-type': 'application/json' };
    const account = { name: '小明', email: 'ming@example.com', password: 'correct horse 🐎' };
    const signUp = await auth('sign-up/email', { method: 'POST', headers, body: JSON.stringify(account) });
    const cookie = signUp.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    const members = (path: string, options: RequestInit) => fetch(`${base()}/members/${path}`, options);
    const start = { method: 'POST', body: JSON.stringify({ message: 'Hi', sessionId: 'of a member' }) };

    const streamed = await members('stream', { ...start, headers: { ...headers, cookie } });
    expect(await readWhole(streamed)).toBe(text);
    const session = await (await auth('get-session', { headers: { cookie } })).json();
    const anonymous = await members('stream', { ...start, headers });
    const ticket = await auth('ticket', { method: 'POST', headers: { ...headers, ...signedIn() }, body: '{}' });

    expect(session.user.name).toBe('小明');
    expect([anonymous.status, (await anonymous.json()).code]).toEqual([401, 'unauthorized']);
    expect(ticket.status).toBe(404);
  });

  test('serves the host’s own controllers: the user of the module’s guard, and AiService', async () => {
    const host = (path: string, headers = {}) => fetch(`${client.server().url}/api/v1/host/${path}`, { headers });

    const me = await host('me', signedIn());
    const raw = await host('raw', signedIn());

    expect(await me.json()).toMatchObject({ data: { id: 'ada' } });
    expect(await raw.text()).toBe(text);
  });

  test('leaves the bodies of the host’s routes to the host, also where a path ends as one of the module’s', async () => {
    const echo = (body: string) =>
      fetch(`${client.server().url}/api/v1/host/chat`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });

    const echoed = await echo('{"message":"你好"}');
    const large = await echo(JSON.stringify({ message: 'x'.repeat(1_100_000) })); // the host's limit is smaller

    expect(await echoed.json()).toEqual({ data: { message: '你好' }, wrapped: true });
    expect(large.status).not.toBe(201);
    expect((await large.json()).code).not.toBe('too-large');
  });

  test('prints no error', () => {
    expect(client.server().output()).not.toMatch(/ERROR|ERR_HTTP|Unhandled/);
  });

  // Nest logs the error of the interceptor.
  test('is not ended by a timeout interceptor: a reader of stream-sse loses its connection and resumes', async () => {
    const release = Promise.withResolvers<void>();
    const pause = (index: number) => (index === 1 ? release.promise : undefined);
    client.provider().respond(providerScripts.reply(words, { beforeDelta: pause }));
    const requests = client.provider().requests.length;
    const impatient = signedIn({ 'x-timeout': '5000' });

    const cut = await openSse(url('stream-sse?message=Hi'), { headers: impatient });
    const lost = await collect(cut.messages, { lossIsEnd: true });
    const lastEventId = lost.findLast(({ id }) => id !== undefined)?.id ?? '';
    const posted = await post('stream', { message: 'Hi' }, impatient);
    release.resolve();
    const rest = await fetch(url('stream-sse?message=Hi'), { headers: signedIn({ 'last-event-id': lastEventId }) });

    expect(lost.flatMap(({ data = [] }) => data)).toEqual([
      { content: '', done: false },
      { content: 'Hello', done: false },
    ]);
    expect(await rest.text()).toMatch(/ wörld.*"finishReason":"stop"/s);
    expect(await readWhole(posted)).toBe(text);
    expect(client.provider().requests).toHaveLength(requests + 2);
  });
}
