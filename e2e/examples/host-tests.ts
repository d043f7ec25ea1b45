// What must hold in every host application, whatever it has on.
import { type AppServer, openSse, type PackedApp, type Provider, providerAnswers, signToken } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
const words = ['Hello', ' wörld', ' 你好', ' 🙂'];
const text = words.join('');

interface Host {
  readonly start: (env: NodeJS.ProcessEnv) => Promise<AppServer>;
  readonly provider: () => Provider;
  readonly run: PackedApp['run'];
}

/** Declares the tests; each host runs them on one server. */
export function hostTests({ start, provider, run }: Host): void {
  let server: AppServer;
  let token: string;
  beforeAll(async () => {
    token = await signToken({ secret });
    server = await start({ HOST_SECRET: secret, PROVIDER_URL: provider().url });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(() => provider().answer(providerAnswers.reply(words)));

  const url = (path: string) => `${server.url}/api/ai-chat/${path}`;
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
      fetch(`${server.url}/api/${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...signedIn() },
      });
    const message = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text: '你好' }] };
    const id = crypto.randomUUID();

    const chat = await postTo('chat', { id, messages: [message] });
    expect(chat.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(await chat.text()).toMatch(/"type":"text-delta".*\[DONE\]\n\n$/s);
    const nothing = await fetch(`${server.url}/api/chat/${id}/stream`, { headers: signedIn() });
    expect(nothing.status).toBe(204);
    expect((await fetch(`${server.url}/api/chat/${id}/stop`, { method: 'POST', headers: signedIn() })).status).toBe(
      204,
    );
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
    provider().answer(providerAnswers.stallAfter(['Hello']));
    const response = await openSse(url('stream'), { headers: signedIn(), body: { message: 'Hi' } });
    const contents: unknown[] = [];
    for await (const { data } of response.messages) {
      contents.push((data as { content?: string })?.content);
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
    const { ticket } = await (await post('ticket', {})).json();
    const { ticket: ofFeed } = await (await post('ticket', {})).json();

    const read = await readWhole(await fetch(url(`stream-sse?message=Hi&ticket=${ticket}`)));
    const feed = await openSse(`${url('feed')}?ticket=${ofFeed}`, { method: 'GET' });

    expect(read).toBe(text);
    expect(feed.status).toBe(200);
    await feed.messages.return(undefined);
  });

  test('runs a second configuration with its own path, data and sign-in', async () => {
    const second = `${server.url}/api/second/`;
    const headers = { 'content-type': 'application/json', 'x-user': 'grace' };
    const body = JSON.stringify({ message: 'Hi', sessionId: 'mine' });
    await (await fetch(`${second}stream`, { method: 'POST', body, headers })).text();

    const own = await (await fetch(`${second}sessions`, { headers })).json();
    const first = await (await fetch(url('sessions'), { headers: signedIn() })).json();
    const ticket = await fetch(`${second}ticket`, { method: 'POST', headers: { 'x-user': 'grace' } });

    expect(own.sessions).toMatchObject([{ sessionId: 'mine' }]);
    expect(first.sessions.map(({ sessionId }: { sessionId: string }) => sessionId)).not.toContain('mine');
    expect(ticket.status).toBe(404);
  });

  test('serves the host’s own controllers: the user of the module’s guard, and AiService', async () => {
    const host = (path: string, headers = {}) => fetch(`${server.url}/api/v1/host/${path}`, { headers });

    const me = await host('me', signedIn());
    const raw = await host('raw', signedIn());

    expect(await me.json()).toMatchObject({ data: { id: 'ada' } });
    expect(await raw.text()).toBe(text);
  });

  test.each(['@microsoft/fetch-event-source', 'eventsource', 'eventsource-client'])(
    'is read by %s, which parses every message, with one request to the model',
    async (library) => {
      const requests = provider().requests.length;

      const read = await run('node', ['dist/readers.js', library, `${server.url}/api/ai-chat`, token]);

      expect(read).toBe(text);
      expect(provider().requests).toHaveLength(requests + 1);
    },
  );

  test('is read by curl', async () => {
    const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json'];

    const read = await run('curl', ['-sN', url('stream'), ...headers, '-d', '{"message":"Hi"}']);

    expect(read).toMatch(/^id: \S+\/0\ndata: \{"content":"","done":false\}\n\n/);
    expect(read).toContain('"finishReason":"stop"');
  });

  test('prints no error', () => {
    expect(server.output()).not.toMatch(/ERROR|ERR_HTTP|Unhandled/);
  });
}
