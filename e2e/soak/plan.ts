// What happens to each reply of a soak: its text, its pace and its fault, all derived from its number, so that the model and the reader
// agree without communicating.
import { setTimeout as delay } from 'node:timers/promises';
import { type Provider, providerChunk } from '@sillage/testing';
import { seededRandom } from '../faults/fixture/fixture.ts';

/** What happens to a reply and its reader. */
export const fates = [
  'read', // nothing
  'cut', // the reader's connection is cut, again and again
  'slow', // the reader takes nothing for a while
  'left', // the reader leaves, and another one comes when the reply is over
  'upstream-cut', // the provider's connection breaks in the middle
  'upstream-stall', // the provider falls silent in the middle
  'stop',
  'delete', // of the conversation, while the reply is under way
] as const;
export type Fate = (typeof fates)[number];

/** One reply. */
export interface Plan {
  readonly fate: Fate;
  readonly deltas: readonly string[];
  readonly text: string;
  /** Index of the delta at which the provider fails. */
  readonly failsAt: number;
  readonly paceMs: number;
}

const pieces = [
  '潮汐与月亮，',
  '船迹 ',
  '🌊',
  '👩\u200d👩\u200d👧 ',
  'e\u0301',
  'wake ',
  'of a ship. ',
  '"\\',
  '\r\n',
  '🇫🇷',
];

/** Returns the plan of the reply with this number. */
export function planOf(seed: number, number: number): Plan {
  const random = seededRandom(seed * 1_000_003 + number);
  const below = (limit: number) => Math.floor(random() * limit);
  const delta = () => Array.from({ length: 1 + below(8) }, () => pieces[below(pieces.length)]).join('');
  const deltas = Array.from({ length: 10 + below(30) }, delta);
  const fate = fates[below(fates.length)] ?? 'read';
  return { fate, deltas, text: deltas.join(''), failsAt: 1 + below(deltas.length - 1), paceMs: 20 + below(80) };
}

/** Makes the provider answer the message `<number>` with its plan. */
export function answerByPlan(provider: Provider, seed: number): void {
  provider.respond(async ({ body }, response) => {
    const { messages } = body as { messages: { content: string }[] };
    const { fate, deltas, failsAt, paceMs } = planOf(seed, Number(messages.at(-1)?.content));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [index, content] of deltas.entries()) {
      if (index === failsAt && fate === 'upstream-cut') response.socket?.destroy();
      if (index === failsAt && fate === 'upstream-stall') return;
      if (response.destroyed) return;
      response.write(providerChunk({ content }));
      await delay(paceMs);
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
  });
}
