// Reads with a library that parses Server-Sent Events: `node dist/readers.js <library> <url> <token>`. Reads one stream by
// each route that the library can request, and the feed, at the same time. Prints what it read by route, as JSON.
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';

const [library = '', url = '', token = ''] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const body = JSON.stringify({ message: 'Hi' });

/** What is requested. With a body it is a POST; its key makes a repeated POST the same start. */
interface Source {
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Connects, and passes the data of each message until `onData` returns true. */
type Read = (source: Source, onData: (data: string) => boolean) => Promise<unknown>;

/** Reads with a class that has the interface of the browser's EventSource. */
const readWith = (source: InstanceType<typeof EventSource>, onData: (data: string) => boolean) =>
  new Promise<void>((resolve) => {
    source.onmessage = ({ data }) => {
      if (!onData(data)) return;
      source.close();
      resolve();
    };
  });

const readers: Record<string, { routes: readonly ('stream' | 'stream-sse')[]; read: Read }> = {
  '@microsoft/fetch-event-source': {
    routes: ['stream', 'stream-sse'],
    read: (source, onData) => {
      const done = new AbortController();
      const onmessage = ({ data }: { data: string }) => {
        if (onData(data)) done.abort();
      };
      const method = source.body ? 'POST' : 'GET';
      return fetchEventSource(url + source.path, { headers, ...source, method, onmessage, signal: done.signal });
    },
  },
  'eventsource-client': {
    routes: ['stream', 'stream-sse'],
    read: async (source, onData) => {
      const events = createEventSource({
        headers,
        ...source,
        url: url + source.path,
        method: source.body ? 'POST' : 'GET',
      });
      for await (const { data } of events) if (onData(data)) break;
      events.close();
    },
  },
  eventsource: {
    routes: ['stream-sse'],
    read: ({ path }, onData) => {
      const withHeaders: typeof fetch = (input, init) =>
        fetch(input, { ...init, headers: { ...init?.headers, ...headers } });
      return readWith(new EventSource(url + path, { fetch: withHeaders as never }), onData);
    },
  },
  /** The class that is built into Node.js and browsers, which can send no header. */
  native: {
    routes: ['stream-sse'],
    read: async ({ path }, onData) => {
      const { ticket } = await (await fetch(`${url}/ticket`, { method: 'POST', headers })).json();
      const Native = Reflect.get(globalThis, 'EventSource') as typeof EventSource;
      return readWith(new Native(`${url}${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`), onData);
    },
  },
};

const { routes, read } = readers[library] as (typeof readers)[string];

/** Parses every message, as a simple reader does. */
async function readText(route: string): Promise<string> {
  let text = '';
  const started = { path: '/stream', body, headers: { ...headers, 'Idempotency-Key': library } };
  const source = route === 'stream' ? started : { path: `/${route}?message=Hi` };
  await read(source, (data) => {
    const { content = '', done } = JSON.parse(data);
    text += content;
    return done;
  });
  return text;
}

/** Starts a conversation once the feed has begun; returns the types of the messages up to the end of its reply. */
async function readFeed(): Promise<string[]> {
  const types: string[] = [];
  await read({ path: '/feed' }, (data) => {
    const { type } = JSON.parse(data);
    types.push(type);
    if (type === 'ready') {
      const start = { message: 'Hi', sessionId: `of ${library}` };
      void fetch(`${url}/streams`, { method: 'POST', headers, body: JSON.stringify(start) });
    }
    return type === 'stream-ended';
  });
  return types;
}

// What @microsoft/fetch-event-source uses of a page.
Object.assign(globalThis, {
  window: { setTimeout, clearTimeout, fetch },
  document: { hidden: false, addEventListener() {}, removeEventListener() {} },
});
const alive = setInterval(() => {}, 1_000); // the native class does not keep the process while it waits to reconnect
void Promise.all([readFeed(), ...routes.map(readText)]).then(([feed, ...texts]) => {
  const byRoute = Object.fromEntries(routes.map((route, index) => [route, texts[index]]));
  process.stdout.write(JSON.stringify({ feed, ...byRoute }));
  clearInterval(alive);
});
