// Running replies with readers on every node, and the state that readers and databases must reach in the end.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamId } from '@sillage/protocol';
import { expect } from 'vitest';
import { expectSameText, PlainReader } from '../faults/fixture/fixture.ts';
import type { PreparedReply } from './prepared-reply.ts';
import type { ClusterFixture, Node, User } from './support.ts';

/** A running reply and its readers. */
export interface Reply {
  /** The request headers of its owner. */
  readonly headers: User['headers'];
  readonly streamId: StreamId;
  readonly sessionId: string;
  readonly modelReply: PreparedReply;
  /** In the order of the nodes. */
  readonly readers: readonly PlainReader[];
  /** Each resolves when the reader at the same index has received the end. */
  readonly reads: readonly Promise<void>[];
}

const minProgress = 40;
/** Detects what never happens; a busy machine is slow. */
const hangsAfterMs = 90_000;

/** Starts a reply on a node with a reader on every node; resolves when all of them have received text. */
export async function startReadReply(fixture: ClusterFixture, node: Node): Promise<Reply> {
  const sessionId = randomUUID();
  const modelReply = fixture.prepare(sessionId);
  const streamId = await fixture.start(node, { message: sessionId, sessionId });
  const { headers } = fixture;
  const reply = withLateReaders(fixture, { headers, streamId, sessionId, modelReply, readers: [], reads: [] });
  await Promise.race([waitForProgress([reply]), Promise.all(reply.reads)]);
  return reply;
}

/** Starts two replies on every node. */
export function startRepliesEverywhere(fixture: ClusterFixture): Promise<Reply[]> {
  return Promise.all([...fixture.nodes, ...fixture.nodes].map((node) => startReadReply(fixture, node)));
}

/** Adds a reader on every node that reads from the start; after a lost connection it continues on the next node. */
export function withLateReaders({ nodes, follow }: ClusterFixture, { readers, reads, ...reply }: Reply): Reply {
  const late = nodes.map(() => new PlainReader(reply));
  const lateReads = late.map((reader, index) => follow(reader, [...nodes.slice(index), ...nodes.slice(0, index)]));
  for (const read of lateReads) read.catch(() => {}); // callers that await the read get the error
  return { ...reply, readers: [...readers, ...late], reads: [...reads, ...lateReads] };
}

/** Resolves when every reader of the replies has received more text. */
export async function waitForProgress(replies: readonly Reply[]): Promise<void> {
  await Promise.all(replies.flatMap(({ readers }) => readers.map(waitForMoreText)));
}

function waitForMoreText(reader: PlainReader): Promise<void> {
  const target = reader.text.length + minProgress;
  return new Promise((resolve) => {
    reader.onText = () => reader.text.length >= target && resolve();
  });
}

/** Resolves when every reader has all text that the model has sent; the end is not required. */
export async function waitForAllText(replies: readonly Reply[]): Promise<void> {
  const hasAllText = ({ readers, modelReply }: Reply) =>
    readers.every(({ text }) => text.length === modelReply.text.length);
  await expect.poll(() => replies.every(hasAllText)).toBe(true);
}

/** Resolves when every reader of the replies has received the end.
 *  @throws {Error} with the readers that have not, after a minute and a half. */
export async function waitForEnds(replies: readonly Reply[]): Promise<void> {
  const timer = new AbortController();
  const limit = delay(hangsAfterMs, 'late', { signal: timer.signal }).catch(() => '');
  const outcome = await Promise.race([Promise.all(replies.flatMap(({ reads }) => reads)), limit]);
  timer.abort();
  if (outcome !== 'late') return;
  const missing = replies.flatMap(({ streamId, readers }) =>
    readers.flatMap(({ end, after }, index) => (end ? [] : [`${streamId} at ${after} by reader ${index}`])),
  );
  throw new Error(`No end after ${hangsAfterMs} ms: ${missing.join(', ')}`);
}

/** Ends the replies, and expects every reader and the databases to have all of their text. */
export async function expectComplete(fixture: ClusterFixture, replies: readonly Reply[]): Promise<void> {
  await Promise.all(replies.map(({ modelReply }) => modelReply.finish()));
  await waitForEnds(replies);
  for (const reply of replies) await expectEnded(fixture, reply, 'stop');
}

/** Expects a reply to have ended once, with this reason and the same text for every reader, live or new, on each of `nodes`
 *  and in the database. */
export async function expectEnded(
  fixture: ClusterFixture,
  { streamId, sessionId, headers, modelReply, readers }: Reply,
  finishReason: string,
  nodes: readonly Node[] = fixture.nodes,
): Promise<void> {
  const newReaders = nodes.map(() => new PlainReader({ headers, streamId }));
  await Promise.all(newReaders.map((reader, index) => reader.readToEnd(nodes[index]?.url ?? '')));
  const [{ text = '', end } = {}] = readers;
  expect(end).toMatchObject({ done: true, finishReason });
  expectSameText(
    text,
    finishReason === 'stop' ? modelReply.text : modelReply.text.slice(0, text.length),
    'compared with the text that the model sent',
  );
  for (const reader of [...readers, ...newReaders]) {
    expect(reader.end).toEqual(end);
    expectSameText(reader.text, text, streamId);
  }
  const ended = await fixture.rows(`select finish_reason from streams where session_id = '${sessionId}'`);
  expect(ended).toEqual([{ finish_reason: finishReason }]);
  const messages = await fixture.rows(`select finish_reason, content from messages where stream_id = '${streamId}'`);
  expect(messages).toMatchObject([{ finish_reason: finishReason }]);
  expectSameText(String(messages[0]?.content), text, 'stored text');
  expect(modelReply.requests.length, modelReply.requests.join()).toBeLessThanOrEqual(1);
}
