// Hostile requests to every route: each is rejected with a clear error or accepted, the process stays alive and works, and its
// memory stays flat. `npm run fuzz` sends 100,000 of them.
import { request as sendRequest } from 'node:http';
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import { type Fixture, seededRandom } from '../faults/fixture/fixture.ts';
import { liveMemoryEnv, readLiveMb } from '../faults/fixture/live-memory.ts';
import { openHandles } from '../faults/fixture/process-figures.ts';
import { describeEachStore } from './each-store.ts';
import { type HostileRequest, HostileRequests } from './fuzz/hostile-requests.ts';

const total = Number(process.env.FUZZ_REQUESTS ?? 3_000) / 2; // for each store
const concurrency = 8;
const perRound = 500;
const seed = Number(process.env.FUZZ_SEED ?? Date.now());

interface Result {
  readonly status: number;
  readonly type: string;
  /** The body, except of an event stream, which is closed after its headers. */
  readonly text: string;
}

/** Sends a request as it is, which `fetch` would not. */
function send(
  { url }: { url: string },
  token: string,
  { method, path, headers, body }: HostileRequest,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const own = { authorization: `Bearer ${token}`, ...length };
    const sent = sendRequest(url, { method, path, headers: { ...own, ...headers } }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      const type = received['content-type'] ?? '';
      if (type.startsWith('text/event-stream')) {
        resolve({ status, type, text: '' });
        response.destroy();
        return;
      }
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status, type, text }));
      response.on('error', reject);
    });
    sent.on('error', (cause) => reject(new Error(`seed ${seed}: ${method} ${path.slice(0, 300)}`, { cause })));
    sent.end(body);
  });
}

/** Expects success or a clear error of the client; never a failure of the server, and nothing of its insides. */
function expectClear(request: HostileRequest, { status, type, text }: Result): void {
  const about = `seed ${seed}: ${JSON.stringify(request).slice(0, 1_000)} -> ${status} ${text.slice(0, 300)}`;
  expect(status, about).toBeGreaterThanOrEqual(200);
  expect(status, about).toBeLessThan(500);
  if (status < 400 || request.method === 'HEAD') return;
  if (status === 431) return; // from Node itself, before any code of ours: the headers are longer than 16 KB
  expect(text, about).not.toMatch(/node_modules|at \S+ \(|SQLITE|syntax error|\/backend\//);
  if (type.startsWith('application/json')) {
    expect(JSON.parse(text), about).toMatchObject({
      error: expect.stringMatching(/\S/),
      code: expect.stringMatching(/^[a-z-]+$/),
    });
  } else {
    expect(text, about).toMatch(/\S/);
  }
}

/** How much the memory in use may grow after the first round, in MB. It grows by 0.3 to 0.6 in all, by what V8 keeps of the
 *  functions that have run, by the first stack trace and by the first worker thread; after some thousand requests by about
 *  10 bytes each. */
const mostGrowthMb = 1.5 + total / 10_000;

function suite(fixture: () => Fixture): void {
  test(`${total} hostile requests`, async () => {
    const { server, provider, start, read } = fixture();
    const token = await server.token('mallory'); // deletes everything of its own now and then
    provider.respond(providerScripts.reply(['你好 ', '👋']));
    const requests = new HostileRequests(seededRandom(seed));
    const { pid } = server;
    const lives: number[] = [];
    const handlesBefore = openHandles(pid);
    const statuses = new Map<number, number>();

    let sent = 0;
    const sendUntil = async (roundEnd: number) => {
      while (sent < roundEnd) {
        sent += 1;
        const request = requests.next();
        const result = await send(server, token, request);
        expectClear(request, result);
        statuses.set(result.status, (statuses.get(result.status) ?? 0) + 1);
        const [, id] = /"(?:streamId|sessionId|ticket)":"([^"]+)"/.exec(result.text) ?? [];
        if (id !== undefined) requests.remember(id);
      }
    };
    while (sent < total) {
      const roundEnd = Math.min(sent + perRound, total);
      await Promise.all(Array.from({ length: concurrency }, () => sendUntil(roundEnd)));
      expect(await read(await start({ message: 'Still there?' }))).toMatchObject({ text: '你好 👋' });
      lives.push(await readLiveMb(server));
    }

    expect(server.pid).toBe(pid);
    expect([...statuses.keys()], 'some are accepted').toContain(200);
    expect([...statuses.keys()], 'most are not').toEqual(expect.arrayContaining([400, 404]));
    const [first = Number.NaN] = lives;
    expect((lives.at(-1) ?? Number.NaN) - first, `memory in MB: ${lives.join()}`).toBeLessThan(mostGrowthMb);
    await expect.poll(() => openHandles(pid) - handlesBefore).toBeLessThan(10);
  }, 1_200_000);
}

describeEachStore('the server rejects or accepts', suite, liveMemoryEnv);
