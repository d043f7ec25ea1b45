// Replies under way, with readers on every node: what all of them must have in the end, and the databases with them.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamId } from '@sillage/protocol';
import { expect } from 'vitest';
import { expectSameText, PlainReader } from '../faults/support.ts';
import type { Speech } from './speech.ts';
import type { Node, Person, Stage } from './support.ts';

/** Is a reply under way. */
export interface Reply {
  /** Are those of its owner. */
  readonly headers: Person['headers'];
  readonly streamId: StreamId;
  readonly sessionId: string;
  readonly speech: Speech;
  /** Are in the order of the nodes. */
  readonly readers: readonly PlainReader[];
  /** Each resolves when the reader at its place has seen the end. */
  readonly reads: readonly Promise<void>[];
}

const someUnits = 40;

/** Starts a reply on a node, with a reader on each, and resolves when all of them have seen some of it. */
export async function speak(stage: Stage, node: Node): Promise<Reply> {
  const sessionId = randomUUID();
  const speech = stage.prepare(sessionId);
  const streamId = await stage.start(node, { message: sessionId, sessionId });
  const { headers } = stage;
  const reply = joinedLate(stage, { headers, streamId, sessionId, speech, readers: [], reads: [] });
  await Promise.race([untilAllGoOn([reply]), Promise.all(reply.reads)]);
  return reply;
}

/** Starts two replies on every node. */
export function speakEverywhere(stage: Stage): Promise<Reply[]> {
  return Promise.all([...stage.nodes, ...stage.nodes].map((node) => speak(stage, node)));
}

/** Adds a reader on every node, which begins at the start, and goes on on the next where it loses its own. */
export function joinedLate({ nodes, follow }: Stage, { readers, reads, ...reply }: Reply): Reply {
  const late = nodes.map(() => new PlainReader(reply));
  const lateReads = late.map((reader, index) => follow(reader, [...nodes.slice(index), ...nodes.slice(0, index)]));
  for (const read of lateReads) read.catch(() => {}); // whoever waits for it sees it
  return { ...reply, readers: [...readers, ...late], reads: [...reads, ...lateReads] };
}

/** Resolves when every reader of the replies has seen more. */
export async function untilAllGoOn(replies: readonly Reply[]): Promise<void> {
  await Promise.all(replies.flatMap(({ readers }) => readers.map(goesOn)));
}

function goesOn(reader: PlainReader): Promise<void> {
  const wanted = reader.text.length + someUnits;
  return new Promise((resolve) => {
    reader.onText = () => reader.text.length >= wanted && resolve();
  });
}

/** Resolves when every reader has all that was said, end or no end. */
export async function untilAllHave(replies: readonly Reply[]): Promise<void> {
  const haveAll = ({ readers, speech }: Reply) => readers.every(({ text }) => text.length === speech.text.length);
  await expect.poll(() => replies.every(haveAll), { timeout: 20_000 }).toBe(true);
}

/** Resolves when every reader of the replies has seen the end; else says who has not. */
export async function untilRead(replies: readonly Reply[], withinMs: number): Promise<void> {
  const timer = new AbortController();
  const limit = delay(withinMs, 'late', { signal: timer.signal }).catch(() => '');
  const outcome = await Promise.race([Promise.all(replies.flatMap(({ reads }) => reads)), limit]);
  timer.abort();
  if (outcome !== 'late') return;
  const missing = replies.flatMap(({ streamId, readers }) =>
    readers.flatMap(({ end, after }, index) => (end ? [] : [`${streamId} at ${after} by reader ${index}`])),
  );
  throw new Error(`No end after ${withinMs} ms: ${missing.join(', ')}`);
}

/** Finishes what the model says, and expects all of it everywhere. */
export async function expectWhole(stage: Stage, replies: readonly Reply[], withinMs = 20_000): Promise<void> {
  await Promise.all(replies.map(({ speech }) => speech.finish()));
  await untilRead(replies, withinMs);
  for (const reply of replies) await expectSettled(stage, reply, 'stop');
}

/** Expects that a reply has ended once, for this reason, with the same text for all who read it, live or late, on every
 *  node that is asked, and that this is what is stored. */
export async function expectSettled(
  stage: Stage,
  { streamId, sessionId, headers, speech, readers }: Reply,
  finishReason: string,
  nodes: readonly Node[] = stage.nodes,
): Promise<void> {
  const late = nodes.map(() => new PlainReader({ headers, streamId }));
  await Promise.all(late.map((reader, index) => reader.readToEnd(nodes[index]?.url ?? '')));
  const [{ text = '', end } = {}] = readers;
  expect(end).toMatchObject({ done: true, finishReason });
  expectSameText(
    text,
    finishReason === 'stop' ? speech.text : speech.text.slice(0, text.length),
    'against what was said',
  );
  for (const reader of [...readers, ...late]) {
    expect(reader.end).toEqual(end);
    expectSameText(reader.text, text, streamId);
  }
  const ended = await stage.rows(`select finish_reason from streams where session_id = '${sessionId}'`);
  expect(ended).toEqual([{ finish_reason: finishReason }]);
  const told = await stage.rows(`select finish_reason, content from messages where stream_id = '${streamId}'`);
  expect(told).toMatchObject([{ finish_reason: finishReason }]);
  expectSameText(String(told[0]?.content), text, 'as stored');
  expect(speech.timesAsked).toBeLessThanOrEqual(1);
}
