// An in-memory server for the conversations of one user and their feed, in addition to the streams of the programmable
// server. The test acts as the model and as every other device. Not the real server, because these tests hold back, reject
// and lose single responses, and run in `npm run check`, without a build; e2e/ runs the client against the real one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ChatRequest,
  type FeedEvent,
  headers as names,
  type SessionChange,
  type SessionMessage,
  type SessionResponse,
} from '@sillage/protocol';
import type { ProgrammedStream } from './programmed-stream.ts';
import { type StreamServer, startStreamServer } from './stream-server.ts';

/** A running server whose conversations a test can change. */
export interface ConversationServer extends StreamServer {
  /** Starts a reply as another device does. */
  startElsewhere(request: ChatRequest & { sessionId: string }): ProgrammedStream;
  /** Returns the complete stored conversation, as a response without pages. */
  session(sessionId: string): SessionResponse | undefined;
  change(sessionId: string, change: SessionChange): void;
  remove(sessionId: string): void;
  /** Requests for conversations, in order, such as `GET /sessions/a`. */
  readonly sessionRequests: readonly string[];
  /** Rejects the next requests for conversations, and no others. */
  refuse(...statuses: number[]): void;
  /** Holds back the responses to `GET /sessions/...` until the returned function is called. */
  hold(): () => void;
  /** The `Last-Event-ID` of each connection to the feed, in order. */
  readonly feeds: ReadonlyArray<string | undefined>;
  openFeeds(): number;
  /** Closes every connection to the feed. */
  cutFeeds(): void;
  /** Deletes the feed's stored events, so that no client can resume from an earlier event. */
  forgetFeed(): void;
}

/** Starts a server on a free port. `onStart` acts as the model. */
export async function startConversationServer({
  onStart = () => {},
  pageLimit = 100,
}: {
  onStart?: (stream: ProgrammedStream, request: ChatRequest) => void;
  pageLimit?: number;
} = {}): Promise<ConversationServer> {
  const sessions = new Map<string, Session>();
  const sessionRequests: string[] = [];
  const refusals: number[] = [];
  const told: FeedEvent[] = [];
  const feeds: Array<string | undefined> = [];
  const readers = new Set<ServerResponse>();
  let forgotten = 0;
  let count = 0;
  let held: Promise<void> | undefined;

  function tell(event: FeedEvent): void {
    told.push(event);
    for (const reader of readers) reader.write(frameOf(event, told.length));
  }

  function started(stream: ProgrammedStream, request: ChatRequest): void {
    const { sessionId } = request;
    if (sessionId !== undefined) store(stream, { ...request, sessionId });
    onStart(stream, request);
  }

  function store(
    stream: ProgrammedStream,
    {
      sessionId,
      message,
      regenerate,
      continue: continuedId,
      parentId,
      messageId,
      replyId,
    }: ChatRequest & { sessionId: string },
  ) {
    const session: Session = sessions.get(sessionId) ?? newSession(sessionId, message ?? '');
    sessions.set(sessionId, session);
    session.active?.end('stopped');
    session.active = stream;
    const createdAt = new Date().toISOString();
    const parent = parentId === undefined ? session.leafId : (parentId ?? undefined);
    let promptId = continuedId ?? session.messages.find(({ id }) => id === regenerate)?.parentId;
    if (message !== undefined) {
      promptId = messageId ?? `m${++count}`;
      session.messages.push({
        id: promptId,
        role: 'user',
        content: message,
        createdAt,
        ...(parent && { parentId: parent }),
      });
    }
    const id = replyId ?? `m${++count}`;
    const reply: SessionMessage = { id, role: 'assistant', content: '', createdAt, streamId: stream.streamId };
    session.messages.push({ ...reply, ...(promptId && { parentId: promptId }) });
    session.leafId = id;
    stream.onEnd = ({ usage, code }) => {
      const place = session.messages.findIndex((one) => one.id === id);
      const { finishReason = 'stop', content } = stream;
      const ended = { ...reply, ...session.messages[place], content, finishReason };
      session.messages[place] = { ...ended, ...(usage && { usage }), ...(code && { code }) };
      if (session.active === stream) session.active = undefined;
      if (sessions.get(sessionId) === session) tell({ type: 'stream-ended', sessionId, streamId: stream.streamId });
    };
    tell({ type: 'stream-started', sessionId, streamId: stream.streamId });
  }

  function answerOf(sessionId: string): SessionResponse | undefined {
    const session = sessions.get(sessionId);
    if (session === undefined) return undefined;
    const { active, messages, ...rest } = session;
    return { ...rest, messages: [...messages], ...(active && { activeStreamId: active.streamId }) };
  }

  function pageOf(sessionId: string, query: URLSearchParams): SessionResponse | undefined {
    const answer = answerOf(sessionId);
    if (answer === undefined) return undefined;
    const end = Number(query.get('before') ?? answer.messages.length);
    const begin = Math.max(0, end - Math.min(pageLimit, Number(query.get('limit') ?? pageLimit)));
    return { ...answer, messages: answer.messages.slice(begin, end), ...(begin > 0 && { next: String(begin) }) };
  }

  function change(sessionId: string, change: SessionChange): void {
    const session = sessions.get(sessionId);
    if (session) Object.assign(session, change);
    tell({ type: 'session-changed', sessionId });
  }

  function remove(sessionId: string): void {
    const session = sessions.get(sessionId);
    sessions.delete(sessionId);
    session?.active?.end('stopped');
    tell({ type: 'session-deleted', sessionId });
  }

  function serveFeed(incoming: IncomingMessage, response: ServerResponse): void {
    const after = incoming.headers[names.lastEventId.toLowerCase()];
    const seen = typeof after === 'string' ? after : undefined;
    feeds.push(seen);
    readers.add(response);
    response.on('close', () => readers.delete(response));
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const isForgotten = seen !== undefined && Number(seen) < forgotten;
    const from = seen === undefined || isForgotten ? told.length : Number(seen);
    response.write(
      `id: ${from}\ndata: ${JSON.stringify({ type: isForgotten ? 'resync' : 'ready' })}\n\n${told
        .slice(from)
        .map((event, place) => frameOf(event, from + place + 1))
        .join('')}`,
    );
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = (await incoming.setEncoding('utf8').toArray()).join('');
    const sessionId = decodeURIComponent(url.pathname.split('/')[4] ?? '');
    sessionRequests.push(`${incoming.method} /sessions/${sessionId}${url.search}`);
    const status = refusals.shift();
    const page = pageOf(sessionId, url.searchParams);
    if (incoming.method === 'GET') await held;
    if (status !== undefined) return sendJson(response, status, { error: 'Refused.' });
    if (page === undefined)
      return sendJson(response, 404, { code: 'not-found', error: 'There is no such conversation.' });
    if (incoming.method === 'GET') return sendJson(response, 200, page);
    if (incoming.method === 'PATCH') change(sessionId, JSON.parse(body));
    else remove(sessionId);
    sendJson(response, 200, answerOf(sessionId) ?? {});
  }

  const server = await startStreamServer({
    onStart: (stream, body) => started(stream, body as ChatRequest),
    elsewhere(incoming, response) {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      if (url.pathname === '/api/ai-chat/feed') serveFeed(incoming, response);
      else if (url.pathname.startsWith('/api/ai-chat/sessions')) void answer(incoming, response, url);
      else return false;
      return true;
    },
  });

  return {
    ...server,
    startElsewhere(request) {
      const stream = server.addStream();
      started(stream, request);
      return stream;
    },
    session: answerOf,
    change,
    remove,
    sessionRequests,
    refuse: (...statuses) => void refusals.splice(0, refusals.length, ...statuses),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = undefined;
        resolve();
      };
    },
    feeds,
    openFeeds: () => readers.size,
    cutFeeds() {
      for (const reader of readers) reader.destroy();
    },
    forgetFeed() {
      forgotten = told.length + 1;
    },
  };
}

interface Session {
  readonly sessionId: string;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly messages: SessionMessage[];
  leafId?: string;
  active?: ProgrammedStream | undefined;
}

function newSession(sessionId: string, title: string): Session {
  const createdAt = new Date().toISOString();
  return { sessionId, title, createdAt, updatedAt: createdAt, messages: [] };
}

function frameOf(event: FeedEvent, id: number): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
