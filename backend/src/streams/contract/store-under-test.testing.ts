// What the contract suite needs from a store, and helpers for its tests.
import type { StreamEvent, StreamId } from '@sillage/protocol';
import { ulid } from 'ulid';
import { expect } from 'vitest';
import type { Database, Statement } from '../../database/database.ts';
import type { StreamDirectory } from '../stream-directory.ts';
import type { StreamRemoval } from '../stream-removal.ts';
import type { NewEvent, NewStream, OpenStream, StreamStore, StreamView } from '../stream-store.ts';

/** A store with its data, which can be reopened as after a crash. */
export interface StoreUnderTest {
  readonly store: StreamStore;
  /** The database that the store writes its rows and the extra rows to. */
  readonly database: Database;
  /** Opens another store on the data as of the call, as after a crash of the process. */
  reopen(): Promise<StreamStore>;
  close(): Promise<void>;
}

/** Returns the store of the running test, with the classes on its database that all stores share. */
export type Current = () => StoreUnderTest & { readonly directory: StreamDirectory; readonly removal: StreamRemoval };

/** Creates a stream of the user `ada`. */
export async function start(store: StreamStore, stream: Partial<NewStream> = {}): Promise<OpenStream> {
  const created = await store.create({ streamId: ulid(), userId: 'ada', ...stream });
  if (!created.isNew) throw new Error('The stream exists already.');
  return created.stream;
}

export const text = (text: string): NewEvent => ({ type: 'text', text });
export const reasoning = (text: string): NewEvent => ({ type: 'reasoning', text });

/** Reads all events that are stored past `after`. */
export function readNow(view: StreamView, after = 0): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (let event = view.next(after); event !== undefined; event = view.next(event.offset)) {
    events.push(event);
    if (event.type === 'end') break;
  }
  return events;
}

/** Opens a stream, and expects that it exists. */
export async function openView(store: StreamStore, streamId: StreamId, notify = () => {}): Promise<StreamView> {
  const view = await store.open(streamId, notify);
  expect(view, `stream ${streamId}`).toBeDefined();
  return view as StreamView;
}

/** Opens a stream, reads all events that are stored past `after`, and closes it. */
export async function readStored(store: StreamStore, streamId: StreamId, after = 0): Promise<StreamEvent[]> {
  const view = await openView(store, streamId);
  const events = readNow(view, after);
  view.close();
  return events;
}

/** Reads like a client: the stored events first, then new ones after each notification, to the end. */
export async function follow(store: StreamStore, streamId: StreamId, after = 0): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  let notified = Promise.withResolvers<void>();
  const view = await openView(store, streamId, () => notified.resolve());
  while (events.at(-1)?.type !== 'end') {
    events.push(...readNow(view, events.at(-1)?.offset ?? after));
    if (events.at(-1)?.type === 'end') break;
    await notified.promise;
    notified = Promise.withResolvers();
  }
  view.close();
  return events;
}

/** Joins the text of one type. */
export function textOf(events: readonly (StreamEvent | NewEvent)[], type: NewEvent['type'] = 'text'): string {
  return events.map((event) => (event.type === type ? event.text : '')).join('');
}

/** Lists every UTF-16 unit with its type: equal for two divisions of the same reply. */
export function unitsOf(events: readonly (StreamEvent | NewEvent)[]): string[] {
  return events.flatMap((event) => (event.type === 'end' ? [] : event.text.split('').map((unit) => event.type + unit)));
}

/** Statement that inserts a row which a test can look for. The same note twice violates a constraint. */
export function note(database: Database, words: string): Statement {
  const row = { user_id: 'ada', session_id: words, title: '', created_at: 0, updated_at: 0, leaf_id: null };
  return database.query.insertInto('conversations').values(row).compile();
}

/** Reads the notes in the database. */
export async function notesIn(database: Database): Promise<string[]> {
  const rows = await database.query.selectFrom('conversations').select('session_id').orderBy('session_id').execute();
  return rows.map((row) => row.session_id);
}
