// What the contract needs of a store, and the few words its tests are written in.
import type { StreamEvent, StreamId } from '@sillage/protocol';
import { ulid } from 'ulid';
import { expect } from 'vitest';
import type { Database, Statement } from '../../database/database.ts';
import type { NewEvent, NewStream, OpenStream, StreamStore, StreamView } from '../stream-store.ts';

/** Is one store with its data, and the way to see it as a crash would leave it. */
export interface StoreUnderTest {
  readonly store: StreamStore;
  /** Holds the rows that are written alongside. */
  readonly database: Database;
  /** Opens another store on the data as it is at the moment of the call, as after the death of the process. */
  reopen(): Promise<StreamStore>;
  close(): Promise<void>;
}

/** Returns the store of the test that is running. */
export type Current = () => StoreUnderTest;

/** Creates a stream of Ada's. */
export async function start(store: StreamStore, stream: Partial<NewStream> = {}): Promise<OpenStream> {
  const created = await store.create({ streamId: ulid(), userId: 'ada', ...stream });
  if (!created.isNew) throw new Error('the stream was there already');
  return created.stream;
}

export const text = (text: string): NewEvent => ({ type: 'text', text });
export const reasoning = (text: string): NewEvent => ({ type: 'reasoning', text });

/** Reads what is stored now behind `after`, event by event. */
export function readNow(view: StreamView, after = 0): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (let event = view.next(after); event !== undefined; event = view.next(event.offset)) {
    events.push(event);
    if (event.type === 'end') break;
  }
  return events;
}

/** Opens a stream that must be there. */
export async function openView(store: StreamStore, streamId: StreamId, wake = () => {}): Promise<StreamView> {
  const view = await store.open(streamId, wake);
  expect(view, `stream ${streamId}`).toBeDefined();
  return view as StreamView;
}

/** Reads what is stored now, and lets go of the stream. */
export async function readStored(store: StreamStore, streamId: StreamId, after = 0): Promise<StreamEvent[]> {
  const view = await openView(store, streamId);
  const events = readNow(view, after);
  view.close();
  return events;
}

/** Reads as a reader does: what is stored, then, woken, what comes, to the end. */
export async function follow(store: StreamStore, streamId: StreamId, after = 0): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  let woken = Promise.withResolvers<void>();
  const view = await openView(store, streamId, () => woken.resolve());
  while (events.at(-1)?.type !== 'end') {
    events.push(...readNow(view, events.at(-1)?.offset ?? after));
    if (events.at(-1)?.type === 'end') break;
    await woken.promise;
    woken = Promise.withResolvers();
  }
  view.close();
  return events;
}

/** Joins the text of one kind. */
export function textOf(events: readonly (StreamEvent | NewEvent)[], type: NewEvent['type'] = 'text'): string {
  return events.map((event) => (event.type === type ? event.text : '')).join('');
}

/** Writes every unit with its kind, so that two ways to cut the same reply are the same. */
export function unitsOf(events: readonly (StreamEvent | NewEvent)[]): string[] {
  return events.flatMap((event) => (event.type === 'end' ? [] : event.text.split('').map((unit) => event.type + unit)));
}

/** Builds a row that a test can look for. The same note twice breaks a constraint. */
export function note(database: Database, words: string): Statement {
  const row = { user_id: 'ada', session_id: words, title: '', created_at: 0, updated_at: 0, leaf_id: null };
  return database.query.insertInto('conversations').values(row).compile();
}

/** Reads the notes that were written. */
export async function notesIn(database: Database): Promise<string[]> {
  const rows = await database.query.selectFrom('conversations').select('session_id').orderBy('session_id').execute();
  return rows.map((row) => row.session_id);
}
