// What the tests of a host application use: the application, started once for a file, and requests of one user to it.
import { type AppServer, type PackedApp, type Provider, providerScripts, signToken } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type Built, startHost } from './hostile-host.ts';

export const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
/** The deltas of a reply, and its text. */
export const words = ['Hello', ' wörld', ' 你好', ' 🙂'];
export const text = words.join('');

/** An installed application, in one of its variants. */
export interface Host {
  readonly app: () => PackedApp;
  readonly built: Built;
  readonly adapter: string;
  readonly provider: () => Provider;
}

/** Requests to the running application, as the user `ada`. */
export interface HostClient extends Host {
  readonly server: () => AppServer;
  readonly token: () => string;
  /** The URL in front of the module's paths: the global prefix, and that of RouterModule. */
  readonly base: () => string;
  readonly url: (path: string) => string;
  readonly signedIn: (headers?: Record<string, string>) => Record<string, string>;
  /** Posts JSON, or a text as it is. */
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
}

/** Starts the application before the tests of the enclosing block, and stops it afterwards. */
export function startHostClient(host: Host): HostClient {
  let server: AppServer;
  let token: string;
  beforeAll(async () => {
    token = await signToken({ secret });
    const env = { HOST_SECRET: secret, PROVIDER_URL: host.provider().url, ADAPTER: host.adapter };
    server = await startHost(host.app(), host.built, env);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(() => host.provider().respond(providerScripts.reply(words)));

  const base = () => `${server.url}/api/inner`;
  const url = (path: string) => `${base()}/ai-chat/${path}`;
  const signedIn = (headers: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...headers });
  return {
    ...host,
    server: () => server,
    token: () => token,
    base,
    url,
    signedIn,
    post: (path, body, headers = {}) =>
      fetch(url(path), {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...signedIn(), ...headers },
      }),
  };
}

/** Reads an event stream to its end and checks its form: the first block, the ids, the end. Returns the text. */
export async function readWhole(response: Response): Promise<string> {
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
