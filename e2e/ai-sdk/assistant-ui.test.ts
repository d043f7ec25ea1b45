// @vitest-environment jsdom
// assistant-ui's AI SDK runtime with our transport, against the built server.
import {
  type AssistantRuntime,
  AssistantRuntimeProvider,
  MessagePrimitive,
  ThreadPrimitive,
} from '@assistant-ui/react';
import { useChatRuntime } from '@assistant-ui/react-ai-sdk';
import { listSessions } from '@sillage/client';
import { createChatTransport } from '@sillage/client/ai-sdk';
import { type CuttingProxy, providerScripts, startProxy } from '@sillage/testing';
import { act, cleanup, configure, render, screen, waitFor } from '@testing-library/react';
import { createElement } from 'react';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { controlModel } from '../faults/fixture/controlled-model.ts';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';

let fixture: Fixture;
let proxy: CuttingProxy;

beforeAll(async () => {
  configure({ asyncUtilTimeout: 60_000 }); // detects what never happens; a busy machine is slow
  // The class of Node's arrays, which jsdom has replaced by its own: signing a token tells them apart.
  vi.stubGlobal('Uint8Array', new TextEncoder().encode('').constructor);
  // What the components ask of a browser and jsdom lacks.
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  Element.prototype.scrollTo ??= () => {};
  fixture = await openFixture();
  proxy = await startProxy(fixture.server.url);
});
afterEach(cleanup);
afterAll(async () => {
  await proxy.close();
  await fixture[Symbol.asyncDispose]();
});

function renderThread(): AssistantRuntime {
  const timings = { backoffMs: 2, backoffMaxMs: 4, attempts: 100_000 };
  const transport = createChatTransport({ baseUrl: proxy.url, getToken: () => fixture.token, timings });
  const Message = () => createElement('article', null, createElement(MessagePrimitive.Content));
  let current: AssistantRuntime | undefined;
  function Thread() {
    const runtime = useChatRuntime({ transport });
    current = runtime;
    const messages = createElement(ThreadPrimitive.Messages, {
      components: { UserMessage: Message, AssistantMessage: Message },
    });
    return createElement(AssistantRuntimeProvider, { runtime }, createElement(ThreadPrimitive.Root, null, messages));
  }
  render(createElement(Thread));
  if (current === undefined) throw new Error('The thread was not rendered');
  return current;
}

const shown = () => screen.getAllByRole('article').map((node) => node.textContent);

test('a thread shows a reply whose connection is lost, whole and once, and regenerates it as a sibling', async () => {
  const model = controlModel(fixture.provider);
  const runtime = renderThread();
  act(() => runtime.thread.append('Hi'));
  model.send('你好');
  await screen.findByText('你好');

  proxy.cut();
  model.send(' 😀');
  await screen.findByText('你好 😀');
  model.end();
  await waitFor(() => expect(runtime.thread.getState().isRunning).toBe(false));
  expect(shown()).toEqual(['Hi', '你好 😀']);

  fixture.provider.respond(providerScripts.reply(['再见']));
  act(() => runtime.thread.getMessageByIndex(1).reload());
  await screen.findByText('再见');
  await waitFor(() => expect(runtime.thread.getState().isRunning).toBe(false));

  expect(shown()).toEqual(['Hi', '再见']);
  const { sessions } = await listSessions({ baseUrl: fixture.server.url, headers: fixture.headers });
  const { messages } = await fixture.session(sessions[0]?.sessionId ?? '');
  const [prompt, ...replies] = messages;
  expect(replies.map(({ content, parentId }) => [content, parentId])).toEqual([
    ['你好 😀', prompt?.id],
    ['再见', prompt?.id],
  ]);
});
