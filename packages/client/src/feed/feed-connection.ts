// One connection to the feed: from the request to its loss. What it yields can be resumed behind the last id.
import { type FeedEvent, type FeedResync, feedEventTypes, headers, routes, StreamError } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import type { ClientTimings } from '../timings.ts';
import { request } from '../transport/request.ts';

/** Is what one network read can bring: how far it reaches, and the change, if the server tells one. */
export interface FeedArrival {
  readonly id: string;
  /** `undefined` only says how far the connection reaches; `resync`: more has changed than the server can tell. */
  readonly event: FeedEvent | FeedResync | undefined;
}

/** Says what to connect to, and when to give the connection up. */
export interface FeedConnecting extends Pick<ClientTimings, 'silenceMs' | 'tickMs'> {
  readonly options: AIStreamOptions;
  /** The id of the last event that was seen; without it, the feed begins now. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

/** Yields first that it is open, then what comes; returns when the connection ends.
 *  @throws {StreamError} the refusal; a loss throws anything. */
export async function* connectFeed({
  options,
  after,
  signal,
  ...timings
}: FeedConnecting): AsyncGenerator<FeedArrival[]> {
  const line = new AbortController();
  const hangUp = () => line.abort();
  const now = options.now ?? Date.now;
  let heardAt = now();
  const timer = setInterval(() => {
    if (now() - heardAt > timings.silenceMs) hangUp();
  }, timings.tickMs);
  signal.addEventListener('abort', hangUp, { signal: line.signal });
  if (signal.aborted) hangUp();
  try {
    const response = await request(routes.feed, options, {
      signal: line.signal,
      headers: { Accept: 'text/event-stream', ...(after !== undefined && { [headers.lastEventId]: after }) },
    });
    const bytes = bodyOf(response).getReader();
    yield [];
    const decoder = new TextDecoder();
    for (const read = feedReader(); ; ) {
      heardAt = now();
      const { done, value } = await bytes.read();
      if (done) return;
      const arrivals = read(decoder.decode(value, { stream: true }));
      if (arrivals.length > 0) yield arrivals;
    }
  } finally {
    clearInterval(timer);
    hangUp();
  }
}

function bodyOf({ headers, body }: Response): ReadableStream<Uint8Array> {
  if (body && headers.get('Content-Type')?.startsWith('text/event-stream')) return body;
  throw new StreamError('bad-response', 'The answer is not a stream. Check the address.');
}

/** Reads arrivals out of text that is cut anywhere. An id without data counts: it says where the feed begins. */
function feedReader(): (text: string) => FeedArrival[] {
  let rest = '';
  let id = '';
  let data = '';
  return (text) => {
    const arrivals: FeedArrival[] = [];
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data = line.slice(5);
      else if (line.startsWith('id:')) id = line.slice(3).trim();
      else if (line === '') {
        if (id) arrivals.push({ id, event: feedEventOf(data) });
        id = data = '';
      }
    }
    return arrivals;
  };
}

/** Reads the JSON of an event; one of a newer server says nothing, and only its id counts. */
function feedEventOf(data: string): FeedArrival['event'] {
  if (data === '') return undefined;
  try {
    const event = JSON.parse(data);
    return event.type === 'resync' || feedEventTypes.includes(event.type) ? event : undefined;
  } catch {
    return { type: 'resync' }; // damaged on the way
  }
}
