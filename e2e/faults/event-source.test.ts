// Standard EventSource implementations: Chromium's and the npm package's. They reconnect to the same URL after 3 s; the ticket
// in the URL makes that a resume. The tests run concurrently because each waits for a reconnect.
import { type Frame, routes } from '@sillage/protocol';
import { type CuttingProxy, launchBrowser, providerScripts, startProxy } from '@sillage/testing';
import { EventSource } from 'eventsource';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, openFixture } from './fixture/fixture.ts';

/** Everything an EventSource received until it closed. */
interface Received {
  readonly frames: Frame[];
  readonly opened: number;
}

/** Reads until the EventSource closes, which it does only on a response such as 204. Calls `onText` after each
 *  event with text. */
type ReadEventSource = (url: string, onText: () => void) => Promise<Received>;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const readInNode: ReadEventSource = (url, onText) =>
  new Promise((resolve) => {
    const frames: Frame[] = [];
    let opened = 0;
    const source = new EventSource(url);
    source.onopen = () => {
      opened += 1;
    };
    source.onmessage = ({ data }) => {
      const frame: Frame = JSON.parse(data);
      frames.push(frame);
      if (frame.content) onText(); // and not the opening block, which is empty
    };
    source.onerror = () => {
      if (source.readyState === source.CLOSED) resolve({ frames, opened });
    };
  });

const readInChromium: ReadEventSource = async (url, onText) => {
  const page = await browser.newPage();
  try {
    await page.goto(new URL('/health/live', url).href); // a page of the server's origin
    await page.exposeFunction('onText', onText);
    return await page.evaluate(
      (address) =>
        new Promise<Received>((resolve) => {
          const frames: Frame[] = [];
          let opened = 0;
          const source = new globalThis.EventSource(address);
          source.onopen = () => {
            opened += 1;
          };
          source.onmessage = ({ data }) => {
            const frame: Frame = JSON.parse(data);
            frames.push(frame);
            if (frame.content) (globalThis as unknown as { onText: () => void }).onText();
          };
          source.onerror = () => {
            if (source.readyState === source.CLOSED) resolve({ frames, opened });
          };
        }),
      url,
    );
  } finally {
    await page.close();
  }
};

interface TicketFixture extends AsyncDisposable {
  readonly fixture: Fixture;
  readonly proxy: CuttingProxy;
  readonly url: string;
  /** Makes the model send the rest of the reply. */
  readonly sendRest: () => void;
}

/** Opens a separate fixture, because tests stop its server. The model sends the first half of the reply at once. */
async function openTicketFixture(): Promise<TicketFixture> {
  const fixture = await openFixture();
  const proxy = await startProxy(fixture.server.url);
  const { promise, resolve: sendRest } = Promise.withResolvers<void>();
  fixture.provider.respond(async (request, response) => {
    const whole = providerScripts.reply([' world', '\r\n', '👩\u200d👩\u200d👧']);
    await providerScripts.stallAfter(['Hello'])(request, response);
    await promise;
    response.writeHead = () => response; // the headers were already sent
    await whole(request, response);
  });
  const query = new URLSearchParams({ message: 'Hi', sessionId: 's', ticket: await fixture.ticket() });
  return {
    fixture,
    proxy,
    url: `${proxy.url}${routes.streamSse}?${query}`,
    sendRest,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

function textOf(frames: readonly Frame[]): string {
  return frames.map(({ content = '' }) => content).join('');
}

const whole = 'Hello world\r\n👩\u200d👩\u200d👧';

describe.each([
  ['the eventsource package', readInNode],
  ["Chromium's EventSource", readInChromium],
])('%s', (_, readEvents) => {
  test.concurrent('resumes after a cut, and does not reconnect after the end', async () => {
    await using ticketFixture = await openTicketFixture();
    const { fixture, proxy } = ticketFixture;

    const first = Promise.withResolvers<void>();
    const received = readEvents(ticketFixture.url, first.resolve);
    await first.promise;
    proxy.cut();
    ticketFixture.sendRest();
    const { frames, opened } = await received;

    expect(textOf(frames)).toBe(whole);
    expect(frames.filter(({ done }) => done)).toMatchObject([{ finishReason: 'stop' }]);
    expect(opened).toBe(2); // the third response was 204
    expect(fixture.provider.requests).toHaveLength(1);
    expect((await fixture.session('s')).messages).toHaveLength(2);
  });

  test.concurrent('resumes after a network outage', async () => {
    await using ticketFixture = await openTicketFixture();
    const { fixture, proxy } = ticketFixture;

    const first = Promise.withResolvers<void>();
    const received = readEvents(ticketFixture.url, first.resolve);
    await first.promise;
    const { activeStreamId = '' } = await fixture.session('s');
    await proxy.refuse();
    ticketFixture.sendRest();
    await fixture.read(activeStreamId); // the stream ends during the outage
    await proxy.resume();
    const { frames } = await received;

    expect(textOf(frames)).toBe(whole);
    expect(frames.filter(({ done }) => done)).toMatchObject([{ finishReason: 'stop' }]);
    expect(fixture.provider.requests).toHaveLength(1);
  });

  test.concurrent('resumes after the server was killed and restarted, and receives the end interrupted', async () => {
    await using ticketFixture = await openTicketFixture();
    const { fixture } = ticketFixture;

    const first = Promise.withResolvers<void>();
    const received = readEvents(ticketFixture.url, first.resolve);
    await first.promise;
    await fixture.server.kill();
    await fixture.server.restart();
    const { frames } = await received;

    expect(frames.filter(({ content }) => content !== '')).toMatchObject([
      { content: 'Hello', done: false },
      { done: true, finishReason: 'interrupted', code: 'interrupted' },
    ]);
    expect(fixture.provider.requests).toHaveLength(1);
    expect((await fixture.session('s')).messages).toMatchObject([
      {},
      { content: 'Hello', finishReason: 'interrupted' },
    ]);
  });
});
