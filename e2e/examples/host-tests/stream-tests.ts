// The module's routes in a host application, read by libraries, the native EventSource and curl.
import { openSse, providerScripts, signToken, startProxy } from '@sillage/testing';
import { expect, test } from 'vitest';
import { type HostClient, readWhole, secret, text } from './host-client.ts';

/** Declares the tests. */
export function streamTests(client: HostClient): void {
  const { app, built, base, url, signedIn, post } = client;
  const startStream = async () => (await (await post('streams', { message: 'Hi' })).json()).streamId as string;

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
    client.provider().respond(providerScripts.stallAfter(['Hello']));
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

  test('gives the errors of the module their own status and body', async () => {
    const requests = client.provider().requests.length;
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
    expect(client.provider().requests).toHaveLength(requests); // nothing was started
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

  test('is read by libraries and the native EventSource, each message parsed, each reply whole and paid once', async () => {
    const long = Array.from({ length: 3 }, (_, part) => `${part} 🙂 ${'长'.repeat(9_990)}`);
    client.provider().respond(providerScripts.reply(long, { throttleMs: 50 })); // with heartbeats in between
    const requests = client.provider().requests.length;
    await using network = await startProxy(client.server().url, { cutAfterBytes: () => 60_000 }); // within each reply
    const read = async (library: string, address: string) => {
      const user = await signToken({ secret, sub: library });
      const args = ['--experimental-eventsource', `${built}/readers.js`, library, `${address}/api/inner/ai-chat`, user];
      return JSON.parse(await app().run('node', args, { env: { NODE_NO_WARNINGS: '1' } }));
    };

    const [microsoft, eventsourceClient, eventsource, native] = await Promise.all([
      read('@microsoft/fetch-event-source', client.server().url), // after a cut it takes the id of a message that it has not read
      read('eventsource-client', network.url),
      read('eventsource', network.url),
      read('native', network.url),
    ]);

    const whole = long.join('');
    const feed = expect.toSatisfy((types) => /^ready,(stream-started,)?stream-ended$/.test(String(types)));
    expect(microsoft).toEqual({ feed, stream: whole, 'stream-sse': whole });
    expect(eventsourceClient).toEqual({ feed, stream: whole, 'stream-sse': whole });
    expect(eventsource).toEqual({ feed, 'stream-sse': whole });
    expect(native).toEqual({ feed, 'stream-sse': whole });
    expect(network.cuts).toBeGreaterThanOrEqual(4);
    expect(client.provider().requests).toHaveLength(requests + 10); // one for each stream that was read, and one for each feed
  });

  test('is read by curl', async () => {
    const headers = ['-H', `Authorization: Bearer ${client.token()}`, '-H', 'Content-Type: application/json'];

    const read = await app().run('curl', ['-sN', url('stream'), ...headers, '-d', '{"message":"Hi"}']);

    expect(read).toMatch(/^id: \S+\/0\ndata: \{"content":"","done":false\}\n\n/);
    expect(read).toContain('"finishReason":"stop"');
  });
}
