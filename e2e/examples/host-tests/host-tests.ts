// What must hold in every host application, whatever it has on.
import {
  type AppServer,
  collect,
  openSse,
  type PackedApp,
  type Provider,
  providerScripts,
  signToken,
  startProxy,
} from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Built, startHost } from './hostile-host.ts';

const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
const words = ['Hello', ' wörld', ' 你好', ' 🙂'];
const text = words.join('');

interface Host {
  readonly app: () => PackedApp;
  readonly built: Built;
  readonly adapter: string;
  readonly provider: () => Provider;
}

/** Declares the tests; each host runs them on one server. */
export function hostTests({ app, built, adapter, provider }: Host): void {
  let server: AppServer;
  let token: string;
  beforeAll(async () => {
    token = await signToken({ secret });
    const env = { HOST_SECRET: secret, PROVIDER_URL: provider().url, ADAPTER: adapter };
    server = await startHost(app(), built, env);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(() => provider().respond(providerScripts.reply(words)));

  const base = () => `${server.url}/api/inner`; // the global prefix, and that of RouterModule
  const url = (path: string) => `${base()}/ai-chat/${path}`;
  const signedIn = (headers: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...headers });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url(path), {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...signedIn(), ...headers },
    });
  const startStream = async () => (await (await post('streams', { message: 'Hi' })).json()).streamId as string;

  /** Reads an event stream to its end and checks its form: the first block, the ids, the end. */
  async function readWhole(response: Response): Promise<string> {
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const blocks = (await response.text()).trim().split('\n\n');
    const frames = blocks.filter((block) => block.includes('data: '));
    const [first] = frames;
    expect(first).toMatch(/^id: [0-9A-Z]{26}\/0\ndata: \{"content":"","done":false\}$/);
    const data = frames.map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)));
    expect(data.at(-1)).toMatchObject({ done: true, finishReason: 'stop' });
    return data.map(({ content = '' }) => content).join('');
  }

  test('streams a start, with its id and the headers of CORS', async () => {
    const response = await post('stream', { message: 'Hi' }, { origin: 'https://page.example' });

    expect(response.headers.get('stream-id')).toMatch(/^[0-9A-Z]{26}$/);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://page.example');
    expect(response.headers.get('access-control-expose-headers')).toContain('Stream-Id');
    expect(await readWhole(response)).toBe(text);
  });

  test('serves the clients of other protocols, with errors as they show them', async () => {
    const postTo = (path: string, body: unknown) =>
      fetch(`${base()}/${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...signedIn() },
      });
    const message = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text: '你好' }] };
    const id = crypto.randomUUID();

    const chat = await postTo('chat', { id, messages: [message] });
    expect(chat.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(await chat.text()).toMatch(/"type":"text-delta".*\[DONE\]\n\n$/s);
    const nothing = await fetch(`${base()}/chat/${id}/stream`, { headers: signedIn() });
    expect(nothing.status).toBe(204);
    expect((await fetch(`${base()}/chat/${id}/stop`, { method: 'POST', headers: signedIn() })).status).toBe(204);
    const input = { threadId: id, runId: 'r', messages: [{ id: `${id}-2`, role: 'user', content: 'Encore' }] };
    expect(await (await postTo('ag-ui', input)).text()).toContain('RUN_FINISHED');
    for (const [body, status, said] of [
      [{ id, messages: [] }, 400, 'messages must end with a message of the user.'],
      [
        { id, messages: [{ ...message, id: 'other' }, message, { ...message, id: 'new' }] },
        409,
        'Load the conversation again.',
      ],
      [{ id: 'x'.repeat(3_000_000) }, 413, 'The request is too large. Send at most 2 MB.'],
    ] as const) {
      const refused = await postTo('chat', body);
      expect([refused.status, await refused.text()]).toEqual([status, expect.stringContaining(said)]);
    }
  });

  test('sends each part of a stream when it is there', async () => {
    provider().respond(providerScripts.stallAfter(['Hello']));
    const response = await openSse(url('stream'), { headers: signedIn(), body: { message: 'Hi' } });
    const contents: unknown[] = [];
    for await (const { data } of response.messages) {
      if (data === undefined) continue; // a heartbeat
      contents.push((data as { content?: string }).content);
      if (contents.includes('Hello')) break;
    }

    const stopped = await post(`streams/${response.headers['stream-id']}/stop`, {});

    expect(contents).toEqual(['', 'Hello']);
    expect(await stopped.json()).toMatchObject({ finishReason: 'stopped' });
  });

  test('streams to EventSource on stream-sse, started by the query, and resumes there', async () => {
    const response = await fetch(url('stream-sse?message=Hi'), { headers: signedIn() });
    const id = response.headers.get('stream-id');
    expect(await readWhole(response)).toBe(text);

    const resumed = await fetch(url('stream-sse?message=Hi'), { headers: signedIn({ 'last-event-id': `${id}/5` }) });
    const rest = await resumed.text();
    const seen = await fetch(url('stream-sse?message=Hi'), {
      headers: signedIn({ 'last-event-id': `${id}/${text.length + 1}` }),
    });

    expect(rest).toContain(`id: ${id}/5\ndata: {"content":"","done":false}`);
    expect(rest).toContain(text.slice(5));
    expect(seen.status).toBe(204);
  });

  test('reads a stream again, from the start and from an offset', async () => {
    const streamId = await startStream();

    const whole = await readWhole(await fetch(url(`streams/${streamId}`), { headers: signedIn() }));
    const rest = await fetch(url(`streams/${streamId}`), { headers: signedIn({ 'last-event-id': `${streamId}/5` }) });

    expect(whole).toBe(text);
    expect(await rest.text()).toContain(`id: ${streamId}/5\ndata: {"content":"","done":false}`);
  });

  test('gives the refusals of the module their own status and body', async () => {
    const requests = provider().requests.length;
    const unsigned = await fetch(url('config'));
    const empty = await post('stream', {});
    const unknown = await fetch(url('streams/01JDA5AAAAAAAAAAAAAAAAAAAA'), { headers: signedIn() });
    const stale = await post('stream', { message: 'Hi' }, { 'last-event-id': '01JDA5AAAAAAAAAAAAAAAAAAAA/5' });
    const broken = await post('streams', '{"message":');
    const large = await post('streams', { message: 'x'.repeat(2_200_000) });
    const sse = await fetch(url('stream-sse'), { headers: signedIn() });
    const staleSse = await fetch(url('stream-sse?message=Hi'), { headers: signedIn({ 'last-event-id': 'nonsense' }) });

    const answers = await Promise.all(
      [unsigned, empty, unknown, stale, broken, large, sse, staleSse].map(async (response) => [
        response.status,
        (await response.json()).code,
      ]),
    );
    expect(answers).toEqual([
      [401, 'unauthorized'],
      [400, 'bad-request'],
      [404, 'not-found'],
      [400, 'bad-request'],
      [400, 'bad-request'],
      [413, 'too-large'],
      [400, 'bad-request'],
      [400, 'bad-request'],
    ]);
    expect(provider().requests).toHaveLength(requests); // nothing was started
  });

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

  test('opens a stream and the feed with a ticket', async () => {
    const { ticket } = await (await post('ticket', '')).json(); // a type, and no body
    const { ticket: ofFeed } = await (await post('ticket', {})).json();

    const read = await readWhole(await fetch(url(`stream-sse?message=Hi&ticket=${ticket}`)));
    const feed = await openSse(`${url('feed')}?ticket=${ofFeed}`, { method: 'GET' });

    expect(read).toBe(text);
    expect(feed.status).toBe(200);
    await feed.messages.return(undefined);
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
    const others = await (await second('sessions', `Bearer ${token}`)).json();
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
    const auth = (path: string, options?: RequestInit) => fetch(`${server.url}/api/auth/${path}`, options);
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
    const host = (path: string, headers = {}) => fetch(`${server.url}/api/v1/host/${path}`, { headers });

    const me = await host('me', signedIn());
    const raw = await host('raw', signedIn());

    expect(await me.json()).toMatchObject({ data: { id: 'ada' } });
    expect(await raw.text()).toBe(text);
  });

  test('leaves the bodies of the host’s routes to the host, also where a path ends as one of the module’s', async () => {
    const echo = (body: string) =>
      fetch(`${server.url}/api/v1/host/chat`, {
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

  test('is read by libraries and the native EventSource, each message parsed, each reply whole and paid once', async () => {
    const long = Array.from({ length: 3 }, (_, part) => `${part} 🙂 ${'长'.repeat(9_990)}`);
    provider().respond(providerScripts.reply(long, { throttleMs: 50 })); // with heartbeats in between
    const requests = provider().requests.length;
    await using network = await startProxy(server.url, { cutAfterBytes: () => 60_000 }); // within each reply
    const read = async (library: string, address: string) => {
      const user = await signToken({ secret, sub: library });
      const args = ['--experimental-eventsource', `${built}/readers.js`, library, `${address}/api/inner/ai-chat`, user];
      return JSON.parse(await app().run('node', args, { env: { NODE_NO_WARNINGS: '1' } }));
    };

    const [microsoft, client, eventsource, native] = await Promise.all([
      read('@microsoft/fetch-event-source', server.url), // after a cut it takes the id of a message that it has not read
      read('eventsource-client', network.url),
      read('eventsource', network.url),
      read('native', network.url),
    ]);

    const whole = long.join('');
    const feed = expect.toSatisfy((types) => /^ready,(stream-started,)?stream-ended$/.test(String(types)));
    expect(microsoft).toEqual({ feed, stream: whole, 'stream-sse': whole });
    expect(client).toEqual({ feed, stream: whole, 'stream-sse': whole });
    expect(eventsource).toEqual({ feed, 'stream-sse': whole });
    expect(native).toEqual({ feed, 'stream-sse': whole });
    expect(network.cuts).toBeGreaterThanOrEqual(4);
    expect(provider().requests).toHaveLength(requests + 10); // one for each stream that was read, and one for each feed
  });

  test('is read by curl', async () => {
    const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json'];

    const read = await app().run('curl', ['-sN', url('stream'), ...headers, '-d', '{"message":"Hi"}']);

    expect(read).toMatch(/^id: \S+\/0\ndata: \{"content":"","done":false\}\n\n/);
    expect(read).toContain('"finishReason":"stop"');
  });

  test('prints no error', () => {
    expect(server.output()).not.toMatch(/ERROR|ERR_HTTP|Unhandled/);
  });

  // Nest logs the error of the interceptor.
  test('is not ended by a timeout interceptor: a reader of stream-sse loses its connection and resumes', async () => {
    const release = Promise.withResolvers<void>();
    const pause = (index: number) => (index === 1 ? release.promise : undefined);
    provider().respond(providerScripts.reply(words, { beforeDelta: pause }));
    const requests = provider().requests.length;
    const impatient = signedIn({ 'x-timeout': '1000' });

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
    expect(provider().requests).toHaveLength(requests + 2);
  });
}
