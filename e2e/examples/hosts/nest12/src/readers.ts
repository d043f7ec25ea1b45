// Reads one stream with a library that parses Server-Sent Events: `node dist/readers.js <library> <url> <token>`. Prints the
// text, and how many messages could not be parsed.
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';

const [library, url = '', token = ''] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const body = JSON.stringify({ message: 'Hi' });
let text = '';

/** Adds a message as a simple reader does, which parses each one; returns whether it was the last. */
function add(data: string): boolean {
  const frame = JSON.parse(data);
  text += frame.content ?? '';
  return frame.done;
}

const readers: Record<string, () => Promise<void>> = {
  '@microsoft/fetch-event-source': async () => {
    Object.assign(globalThis, {
      window: { ...globalThis, setTimeout, clearTimeout, fetch },
      document: { hidden: false, addEventListener() {}, removeEventListener() {} },
    });
    await fetchEventSource(`${url}/stream`, {
      method: 'POST',
      headers,
      body,
      openWhenHidden: true,
      onmessage: ({ data }) => void add(data),
      onerror: (error) => {
        throw error;
      },
    });
  },
  eventsource: () =>
    new Promise((resolve, reject) => {
      const source = new EventSource(`${url}/stream-sse?message=Hi`, {
        fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
      });
      source.onmessage = ({ data }) => {
        if (!add(data)) return;
        source.close();
        resolve();
      };
      source.onerror = reject;
    }),
  'eventsource-client': async () => {
    const source = createEventSource({ url: `${url}/stream`, method: 'POST', headers, body });
    for await (const { data } of source) if (add(data)) break;
    source.close();
  },
};

await readers[library ?? '']?.();
process.stdout.write(text);
