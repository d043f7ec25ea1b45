// The one fake of our own server, for the unit tests of the client and the page: it sends what the real server never sends
// (frames of a newer version, invalid frames, wrong statuses) and fails at an exact byte. It keeps streams in memory and has no
// users or models: the test acts as the model. Tests in `e2e` run the same client against the real server.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { headers as names, parseEventId, type StreamId } from '@sillage/protocol';
import type { ConnectionPlan } from './connection-plan.ts';
import { ProgrammedStream } from './programmed-stream.ts';

/** One recorded request. */
interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A running server, its recorded requests and streams, and its fault plans. */
export interface StreamServer {
  readonly url: string;
  /** Every request, in order. */
  readonly requests: readonly SeenRequest[];
  /** Every stream, in order of creation. */
  readonly streams: readonly ProgrammedStream[];
  /** Plans the next requests that read or start a stream, in order. */
  plan(...plans: ConnectionPlan[]): void;
  /** Plans the next requests to the stop route. */
  planStop(...plans: ConnectionPlan[]): void;
  /** Removes all pending plans. */
  unplan(): void;
  /** Creates a stream as a start request does. */
  addStream(): ProgrammedStream;
  /** Resolves once `count` requests have arrived. */
  untilRequests(count: number): Promise<void>;
  /** Returns the number of requests with an open response. */
  openConnections(): number;
  close(): Promise<void>;
}

/** Starts a server on a free port. `onStart` acts as the model; it is called once per stream, not once per request.
 *  `elsewhere` handles requests to other routes and returns whether it has responded. */
export async function startStreamServer({
  onStart = () => {},
  onStop = (stream) => stream.end('stopped'),
  heartbeatMs = 15_000,
  elsewhere = () => false,
}: {
  onStart?: (stream: ProgrammedStream, body: unknown) => void;
  onStop?: (stream: ProgrammedStream) => void;
  heartbeatMs?: number;
  elsewhere?: (incoming: IncomingMessage, response: ServerResponse) => boolean;
} = {}): Promise<StreamServer> {
  const requests: SeenRequest[] = [];
  const streams: ProgrammedStream[] = [];
  const starts = new Map<string, { body: string; stream: ProgrammedStream }>();
  const plans: { read: ConnectionPlan[]; stop: ConnectionPlan[] } = { read: [], stop: [] };
  const open = new Set<ServerResponse>();
  const waiting = new Set<() => void>();

  function addStream(): ProgrammedStream {
    const stream = new ProgrammedStream(`01JTEST${String(streams.length).padStart(4, '0')}`);
    streams.push(stream);
    return stream;
  }

  function started(request: SeenRequest, raw: string): ProgrammedStream | undefined {
    const key = request.headers[names.idempotencyKey.toLowerCase()];
    const earlier = typeof key === 'string' ? starts.get(key) : undefined;
    if (earlier) return earlier.body === raw ? earlier.stream : undefined;
    const stream = addStream();
    if (typeof key === 'string') starts.set(key, { body: raw, stream });
    onStart(stream, request.body);
    return stream;
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (elsewhere(incoming, response)) return;
    const raw = (await incoming.setEncoding('utf8').toArray()).join('');
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: pathname,
      headers: incoming.headers,
      body: raw === '' ? undefined : JSON.parse(raw),
    };
    const [, , , collection, id, verb] = pathname.split('/');
    const plan = (verb === 'stop' ? plans.stop : plans.read).shift() ?? {};
    requests.push(request);
    for (const check of waiting) check();
    if (plan.delayMs) await new Promise((resolve) => setTimeout(resolve, plan.delayMs));
    if (plan.refuse) return refuse(response, plan.refuse);
    const stream = id === undefined ? started(request, raw) : streams.find((one) => one.streamId === id);
    if (plan.silent === 'headers') return;
    if (plan.cutBeforeHeaders) return void response.destroy();
    if (!stream) return refuse(response, id === undefined ? conflict : notFound);
    if (verb === 'stop') {
      onStop(stream);
      return sendJson(response, 200, { streamId: stream.streamId, finishReason: stream.finishReason ?? 'stopped' });
    }
    if (collection === 'streams' && id === undefined) return sendJson(response, 201, { streamId: stream.streamId });
    const after = afterOf(request, stream.streamId);
    if (stream.isEnded && after === stream.offset) return void response.writeHead(204).end();
    if (after === undefined || (stream.isEnded && after > stream.offset)) return refuse(response, beyond);
    await stream.serve(response, { after, plan, heartbeatMs });
  }

  const server = createServer((incoming, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    answer(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    streams,
    plan: (...next) => void plans.read.push(...next),
    planStop: (...next) => void plans.stop.push(...next),
    unplan() {
      plans.read = [];
      plans.stop = [];
    },
    addStream,
    untilRequests: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (requests.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    openConnections: () => open.size,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const conflict = { status: 409, body: { error: 'This key was used for another request.', code: 'conflict' } };
const notFound = { status: 404, body: { error: 'There is no such stream.', code: 'not-found' } };
const beyond = { status: 400, body: { error: 'This lies beyond the end of the stream.', code: 'bad-request' } };

function refuse(response: ServerResponse, { status, body, headers }: NonNullable<ConnectionPlan['refuse']>): void {
  if (typeof body === 'string') response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end(body);
  else sendJson(response, status, body ?? {}, headers);
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers?: Record<string, string>): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function afterOf({ headers }: SeenRequest, streamId: StreamId): number | undefined {
  const said = headers[names.lastEventId.toLowerCase()];
  if (typeof said !== 'string') return 0;
  const id = parseEventId(said);
  return id?.streamId === streamId ? id.offset : undefined;
}
