// Erasing also applies to the journal rows that open streams still need.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start, text } from '../../contract/store-under-test.testing.ts';
import { StreamRemoval } from '../../stream-removal.ts';
import { type OpenedStore, openStore } from './opened-store.testing.ts';

let opened: OpenedStore;
beforeEach(async () => {
  opened = await openStore();
});
afterEach(() => opened.close());

test('the journal has no text of an erased stream, and that of other streams is complete', async () => {
  const { store, database } = opened;
  const open = await start(store);
  const secret = await start(store, { sessionId: 's1' });
  // One journal row for both streams.
  await Promise.all([store.append(open, [text('mine 🌊 "')]), store.append(secret, [text('secret')])]);
  await store.append(open, [text(' more')]);
  await store.end(secret, { finishReason: 'stop' });
  const journal = () => JSON.stringify((database as OpenedDatabase).all('select body from journal'));
  expect(journal()).toContain('secret');

  const erased = { userId: 'ada', sessionId: 's1', until: Date.now() + 1_000 };
  for await (const _ of new StreamRemoval(database).erase(erased, Date.now()));
  for await (const _ of store.dropErased());

  expect(journal()).not.toContain('secret');
  const next = await opened.reopen();
  const [found] = await next.takeOver();
  const view = await next.open(open.streamId, () => {});
  expect(found?.streamId).toBe(open.streamId);
  expect(view?.next(0)).toMatchObject({ text: 'mine 🌊 " more' });
});

interface OpenedDatabase {
  all(sql: string): Record<string, unknown>[];
}
