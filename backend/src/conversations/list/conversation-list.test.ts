// The list with ten thousand conversations: its queries use indexes, and no search reads another user's texts.
import { removeFolder, tempFolder } from '@sillage/testing';
import type { KyselyPlugin, PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { ConversationService } from '../conversation.service.ts';
import { FeedRows } from '../feed/feed-rows.ts';
import { SqliteSearch } from '../search/sqlite-search.ts';
import { ConversationList } from './conversation-list.ts';

const folder = tempFolder();
let database: SqliteDatabase;
let list: ConversationList;

beforeAll(async () => {
  database = await SqliteDatabase.open(folder, { commitMs: 1 });
  list = new ConversationList(database, await SqliteSearch.open(database));
  const conversations = new ConversationService(database);
  const turns = Array.from({ length: 10_000 }, (_, i) =>
    conversations.addTurn(
      {
        userId: i % 2 === 0 ? 'ada' : 'bob',
        sessionId: `s${i}`,
        message: { id: `p${i}`, content: `common words number${i}`, parentId: null },
        reply: { id: `r${i}`, parentId: `p${i}`, model: 'm', streamId: `S${i}` },
      },
      i,
    ),
  );
  await database.write(turns.flat());
});
afterAll(async () => {
  await database.close();
  removeFolder(folder);
});

/** Returns SQLite's plan of a query. */
function planOf({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): string[] {
  return database.all(`explain query plan ${sql}`, ...(parameters as string[])).map(({ detail }) => String(detail));
}

const compiled = async (search?: string) => {
  const { next } = await list.read('ada', { limit: 2 });
  const query = list.queryOf('ada', { limit: 30, before: next, search });
  if (query === undefined) throw new Error('Nothing can match');
  return query.compile();
};

test('a page is read from an index in order', async () => {
  const plan = planOf(await compiled());

  expect(plan.filter((step) => /^(SCAN|USE TEMP)/.test(step))).toEqual([]);
  expect(plan[0]).toBe(
    'SEARCH conversations USING INDEX conversations_by_pin (user_id=? AND (pinned,updated_at,session_id)<(?,?,?))',
  );
});

test('a search scans the word index and no table', async () => {
  const plan = planOf(await compiled('common num'));

  expect(plan.filter((step) => /^SCAN/.test(step))).toEqual([
    expect.stringMatching(/^SCAN search_index VIRTUAL TABLE INDEX \d+:M/),
  ]);
  expect(plan.join('\n')).not.toContain('TEMP B-TREE FOR ORDER BY');
});

test('a search finds the user’s own conversation among all', async () => {
  const find = async (search: string) =>
    (await list.read('ada', { limit: 100, search })).sessions.map((found) => found.sessionId);

  expect(await find('number4242')).toEqual(['s4242']);
  expect(await find('number4243')).toEqual([]);
  expect((await find('number424')).sort()).toEqual(['s424', 's4240', 's4242', 's4244', 's4246', 's4248'].sort());
  expect(await find('common')).toHaveLength(100);
});

test('many searches of one user delay that of another by few of them', async () => {
  const done: string[] = [];
  const search = async (userId: string) => {
    await list.read(userId, { limit: 10, search: 'common' });
    done.push(userId);
  };

  await Promise.all([...Array.from({ length: 20 }, () => search('ada')), search('bob')]);

  expect(done).toHaveLength(21);
  expect(done.indexOf('bob')).toBeLessThan(3);
});

/** Holds back the results of long queries until `open` is called, and counts them. */
class Gate implements KyselyPlugin {
  begun = 0;
  readonly #opened = Promise.withResolvers<void>();
  readonly open = this.#opened.resolve;

  transformQuery({ node }: PluginTransformQueryArgs) {
    this.begun += 1;
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs) {
    await this.#opened.promise;
    return result;
  }
}

test('a search whose client has left does not run, and one that runs ends before its next query', async () => {
  const gate = new Gate();
  const gated = Object.assign(Object.create(database), { longQuery: database.longQuery.withPlugin(gate) });
  const own = new ConversationList(gated, await SqliteSearch.open(database));
  const left = new AbortController();
  const search = (signal?: AbortSignal) => own.read('ada', { limit: 10, search: 'common' }, signal);
  const leaving = Array.from({ length: 5 }, () => search(left.signal));
  const staying = search();

  await expect.poll(() => gate.begun).toBe(1);
  left.abort(new Error('The client has left.'));
  gate.open();
  const results = await Promise.allSettled(leaving);

  expect((await staying).sessions).toHaveLength(10);
  expect(results).toEqual(leaving.map(() => ({ status: 'rejected', reason: left.signal.reason })));
  expect(gate.begun).toBe(3); // the first query of the first search, and both of the last one
});

test('the changes after a counter are read from an index', async () => {
  const rows = new FeedRows(database.query);
  const changes = await rows.changesAfter('ada', 4_998, 100);

  expect(changes.map(({ changed, event }) => [changed, event.sessionId])).toEqual([
    [4_999, 's9996'],
    [5_000, 's9998'],
  ]);
  const plan = planOf(rows.changes('ada', 4_998, 100).compile());
  expect(plan.filter((step) => /^(SCAN|USE TEMP)/.test(step))).toEqual([]);
  expect(plan.join('\n')).toContain('USING INDEX conversations_by_change (user_id=? AND changed>?)');
  expect(plan.join('\n')).toContain('INDEX deleted_conversations_by_change (user_id=? AND changed>?)');
});
