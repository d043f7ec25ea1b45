// The conversations that a narrowed token may see: those without a message written under an id outside its lists.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { covers, isNarrowed, listedIds } from '../../auth/access.ts';
import type { User } from '../../auth/user.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { type Scopes, scopeKinds } from '../../database/scopes.ts';

@Injectable()
export class ConversationScopes {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Checks that this token may see a conversation. A conversation that does not exist is not an error.
   *  @throws {StreamError} `not-found` when it may not. */
  async check(user: User, sessionId: string): Promise<void> {
    if (!isNarrowed(user)) return;
    const hidden = await this.database.query
      .selectFrom('conversation_scopes')
      .select('session_id')
      .where('user_id', '=', user.id)
      .where('session_id', '=', sessionId)
      .where(outsideLists(user))
      .limit(1)
      .executeTakeFirst();
    if (hidden !== undefined) throw new StreamError('not-found', 'This conversation does not exist.');
  }

  /** Whether this user has conversations or streams that this token may not see. */
  async hidesAny(user: User): Promise<boolean> {
    if (!isNarrowed(user)) return false;
    const { query } = this.database;
    const conversation = query
      .selectFrom('conversation_scopes')
      .select('session_id')
      .where('user_id', '=', user.id)
      .where(outsideLists(user))
      .limit(1);
    if ((await conversation.executeTakeFirst()) !== undefined) return true;
    const streams = await query
      .selectFrom('streams')
      .select('scopes')
      .distinct()
      .where('user_id', '=', user.id)
      .where('scopes', 'is not', null)
      .where('erased_at', 'is', null)
      .execute();
    return streams.some(({ scopes }) => !covers(user, JSON.parse(scopes ?? '{}') as Scopes));
  }
}

/** Builds the condition on the rows of `table` that a user's token may see; `undefined` if it may see all. */
export function visibleTo(
  user: User,
  table: 'conversations' | 'deleted_conversations',
): RawBuilder<SqlBool> | undefined {
  if (!isNarrowed(user)) return undefined;
  return sql<SqlBool>`not exists (select 1 from conversation_scopes
    where conversation_scopes.user_id = ${sql.ref(`${table}.user_id`)}
      and conversation_scopes.session_id = ${sql.ref(`${table}.session_id`)} and ${outsideLists(user)})`;
}

function outsideLists(user: User): RawBuilder<SqlBool> {
  const conditions = scopeKinds.flatMap((kind) => {
    const ids = listedIds(user, kind);
    if (ids === undefined) return [];
    const isListed = ids.length === 0 ? sql`` : sql` and scope_id not in (${sql.join(padded(ids))})`;
    return [sql`(kind = ${kind}${isListed})`];
  });
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/** Repeats the last id up to a power of two, so that lists of any length lead to few different statements. */
function padded(ids: readonly string[]): string[] {
  const length = 2 ** Math.ceil(Math.log2(ids.length));
  return Array.from({ length }, (_, index) => ids[index] ?? (ids.at(-1) as string));
}
