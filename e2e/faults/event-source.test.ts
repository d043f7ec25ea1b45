// The platform's own EventSource, of which we write no line: Chromium's and the npm package's. It reconnects by itself
// after its 3 s, to the same URL; a ticket makes that a resume. All wait for it at the same time.
import { type Frame, routes } from '@sillage/protocol';
import { type CuttingProxy, launchBrowser, providerAnswers, startProxy } from '@sillage/testing';
import { EventSource } from 'eventsource';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './support.ts';

/** Is all that an EventSource brought until it closed for good. */
interface Heard {
  readonly frames: Frame[];
  readonly opened: number;
}

/** Reads until the EventSource has given up, which only an answer like 204 makes it do. `onFirst` is called after the
 *  first event. */
type Listen = (url: string, onFirst: () => void) => Promise<Heard>;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const listenInNode: Listen = (url, onFirst) =>
  new Promise((resolve) => {
    const frames: Frame[] = [];
    let opened = 0;
    const source = new EventSource(url);
    source.onopen = () => {
      opened += 1;
    };
    source.onmessage = ({ data }) => {
      frames.push(JSON.parse(data));
      if (frames.length === 1) onFirst();
    };
    source.onerror = () => {
      if (source.readyState === source.CLOSED) resolve({ frames, opened });
    };
  });

const listenInChromium: Listen = async (url, onFirst) => {
  const page = await browser.newPage();
  try {
    await page.goto(new URL('/health/live', url).href); // the server's own origin
    await page.exposeFunction('onFirst', onFirst);
    return await page.evaluate(
      (address) =>
        new Promise<Heard>((resolve) => {
          const frames: Frame[] = [];
          let opened = 0;
          const source = new globalThis.EventSource(address);
          source.onopen = () => {
            opened += 1;
          };
          source.onmessage = ({ data }) => {
            frames.push(JSON.parse(data));
            if (frames.length === 1) (globalThis as unknown as { onFirst: () => void }).onFirst();
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

interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly proxy: CuttingProxy;
  readonly url: string;
  /** Lets the model say the rest. */
  readonly goOn: () => void;
}

/** Sets a stage of its own, because its server may go away; the model says one half at once. */
async function openScene(): Promise<Scene> {
  const stage = await openStage();
  const proxy = await startProxy(stage.server.url);
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  stage.provider.answer(async (request, response) => {
    const whole = providerAnswers.reply([' world', '\r\n', '👩\u200d👩\u200d👧']);
    await providerAnswers.stallAfter(['Hello'])(request, response);
    await promise;
    response.writeHead = () => response; // the headers are out
    await whole(request, response);
  });
  const query = new URLSearchParams({ message: 'Hi', sessionId: 's', ticket: await stage.ticket() });
  return {
    stage,
    proxy,
    url: `${proxy.url}${routes.streamSse}?${query}`,
    goOn,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await stage[Symbol.asyncDispose]();
    },
  };
}

function textOf(frames: readonly Frame[]): string {
  return frames.map(({ content = '' }) => content).join('');
}

const whole = 'Hello world\r\n👩\u200d👩\u200d👧';

describe.each([
  ['the eventsource package', listenInNode],
  ["Chromium's EventSource", listenInChromium],
])('%s', (_, listen) => {
  test.concurrent('resumes after a cut, and does not reconnect after the end', async () => {
    await using scene = await openScene();
    const { stage, proxy } = scene;

    const first = Promise.withResolvers<void>();
    const heard = listen(scene.url, first.resolve);
    await first.promise;
    proxy.cut();
    scene.goOn();
    const { frames, opened } = await heard;

    expect(textOf(frames)).toBe(whole);
    expect(frames.filter(({ done }) => done)).toMatchObject([{ finishReason: 'stop' }]);
    expect(opened).toBe(2); // the third answer was 204
    expect(stage.provider.requests).toHaveLength(1);
    expect((await stage.session('s')).messages).toHaveLength(2);
  });

  test.concurrent('resumes when the network has been away and is back', async () => {
    await using scene = await openScene();
    const { stage, proxy } = scene;

    const first = Promise.withResolvers<void>();
    const heard = listen(scene.url, first.resolve);
    await first.promise;
    const { activeStreamId = '' } = await stage.session('s');
    await proxy.refuse();
    scene.goOn();
    await stage.read(activeStreamId); // it ends meanwhile
    await proxy.resume();
    const { frames } = await heard;

    expect(textOf(frames)).toBe(whole);
    expect(frames.filter(({ done }) => done)).toMatchObject([{ finishReason: 'stop' }]);
    expect(stage.provider.requests).toHaveLength(1);
  });

  test.concurrent('resumes when the server was killed and is back, and hears that the reply was interrupted', async () => {
    await using scene = await openScene();
    const { stage } = scene;

    const first = Promise.withResolvers<void>();
    const heard = listen(scene.url, first.resolve);
    await first.promise;
    await stage.server.kill();
    await stage.server.restart();
    const { frames } = await heard;

    expect(frames).toMatchObject([
      { content: 'Hello', done: false },
      { done: true, finishReason: 'interrupted', code: 'interrupted' },
    ]);
    expect(stage.provider.requests).toHaveLength(1);
    expect((await stage.session('s')).messages).toMatchObject([{}, { content: 'Hello', finishReason: 'interrupted' }]);
  });
});
