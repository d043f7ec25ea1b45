// How the cost of a request grows with what a user has stored: CPU microseconds of the server at both sizes.
import { randomUUID } from 'node:crypto';
import { routes } from '@sillage/protocol';
import { cpuPer, type Figure, growthColumns, type Trial } from './figure.ts';

/** Conversations of the user, and messages of one conversation. */
const [few, many] = [100, 100_000];
const [short, long] = [10, 10_000];
const conversations = { unit: 'conversations', sizes: [few, many] } as const;
const messages = { unit: 'messages', sizes: [short, long] } as const;
/** Requests of each kind; starts have half of the few conversations each, because each adds to what is stored. */
const times = few / 2;
const page = 10;

/** Measures a list, a page and a start with few and with many conversations, and with few and with many messages. */
export const stored: Figure = {
  name: 'stored',
  onlyDurable: true,
  columns: [
    { key: 'list', title: 'CPU us, first page of the list', ...conversations },
    { key: 'open', title: 'CPU us, opening one', ...conversations },
    { key: 'start', title: 'CPU us, a reply in a new one', ...conversations },
    { key: 'page', title: `CPU us, the newest ${page} messages of one`, ...messages },
    { key: 'context', title: 'CPU us, a reply in it', ...messages },
  ].flatMap((line) => growthColumns(line, 0)),
  measure: async (trial) => {
    const { stored } = trial.subject;
    if (!stored) return {};
    const read = (path: string) => cpuPerRequest(trial, Array(times).fill(stored.get(path)));
    const open = (sessionId: string) => read(`${routes.session(sessionId)}?limit=${page}`);
    const start = (idOf: (index: number) => string, length = times) =>
      cpuPerRequest(
        trial,
        Array.from({ length }, (_, i) => trial.subject.requestFor({ tokens: 5 }, idOf(i))),
      );
    await start(() => randomUUID()); // these and the short ones are the few
    await stored.execute(insertOf('short', { conversations: times, messages: short }));
    await stored.execute(insertOf('long', { conversations: 1, messages: long }));
    await read(routes.sessions);
    await open('long-1');
    const small = {
      listSmall: await read(routes.sessions),
      openSmall: await open('short-1'),
      pageSmall: await open('short-1'),
      pageLarge: await open('long-1'),
      contextSmall: await start((i) => `short-${i + 1}`),
      contextLarge: await start(() => 'long-1', times / 10), // each takes that much longer
      startSmall: await start(() => randomUUID()),
    };
    await stored.execute(insertOf('many', { conversations: many, messages: 2 }));
    return {
      ...small,
      listLarge: await read(routes.sessions),
      openLarge: await open('short-1'),
      startLarge: await start(() => randomUUID()),
    };
  },
};

/** Returns the CPU time of the server for one of these requests, which are sent one after another, as a user would: starts in
 *  one conversation wait for each other. */
function cpuPerRequest(trial: Trial, requests: readonly string[]): Promise<number> {
  return cpuPer(trial, async () => {
    for (const request of requests) {
      await trial.load.open([request], { isQuiet: true });
      await trial.load.ended();
    }
    return requests.length;
  });
}

/** Returns the statements that store conversations of the user with `messages` messages each, in one branch. Both databases
 *  know them. */
function insertOf(name: string, { conversations, messages }: { conversations: number; messages: number }): string {
  const numbers = (column: string, last: number) =>
    `${column}s as (select 1 as ${column} union all select ${column} + 1 from ${column}s where ${column} < ${last})`;
  const id = (message: string) => `'${name}-' || c || '-' || ${message}`;
  return `
    insert into conversations (user_id, session_id, title, created_at, updated_at, leaf_id)
      with recursive ${numbers('c', conversations)}
      select 'ada', '${name}-' || c, 'Stored', c, c, ${id(`${messages}`)} from cs;
    insert into messages (message_id, user_id, session_id, parent_id, role, content, created_at, finish_reason)
      with recursive ${numbers('c', conversations)}, ${numbers('m', messages)}
      select ${id('m')}, 'ada', '${name}-' || c, case when m > 1 then ${id('(m - 1)')} end,
        case m % 2 when 1 then 'user' else 'assistant' end, 'Message ' || m, m, case m % 2 when 0 then 'stop' end
      from cs cross join ms`;
}
