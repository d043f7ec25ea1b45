// A completion request that is sent before its stream is stored: its events wait, and a cancelled one leaves nothing behind.
import { expect, test } from 'vitest';
import type { ModelEvent } from '../../ai/model-event.ts';
import { noTracing } from '../../observing/tracing.ts';
import { SentCompletion } from './sent-completion.ts';

const request = { sessionId: undefined, model: 'm', temperature: undefined, maxTokens: undefined };
const context = { messages: [], trimmedTurns: 0, systemPrompt: undefined, provider: undefined };

/** Sends a request whose reply is two events. */
function sendOne() {
  const steps: string[] = [];
  const sent = new SentCompletion(
    async function* ({ signal }): AsyncGenerator<ModelEvent, void, unknown> {
      steps.push('sent');
      try {
        yield { type: 'text', text: '潮汐' };
        yield { type: 'text', text: ' 🌊' };
      } finally {
        steps.push(signal?.aborted ? 'aborted' : 'read');
      }
    },
    { request, context, span: noTracing.start('sillage.generation') },
  );
  return { sent, steps };
}

test('the request is sent at once, and its events wait for their reader', async () => {
  const { sent, steps } = sendOne();
  const stepsBefore = [...steps];

  const events: ModelEvent[] = [];
  for await (const event of sent.events) events.push(event);

  expect(stepsBefore).toEqual(['sent']);
  expect(events).toEqual([
    { type: 'text', text: '潮汐' },
    { type: 'text', text: ' 🌊' },
  ]);
  expect(steps).toEqual(['sent', 'read']);
});

test('a request that is cancelled cleans up, also after its first event has arrived', async () => {
  const { sent, steps } = sendOne();
  await new Promise((resolve) => setImmediate(resolve));

  sent.cancel();
  await new Promise((resolve) => setImmediate(resolve));

  expect(steps).toEqual(['sent', 'aborted']);
});
