// This node's place among the others: it shows by the database's clock that it lives, and learns in the same round trip
// what others want of its streams, and which nodes are dead.
import type { StreamId } from '@sillage/protocol';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../../database/schema.ts';

/** Is one of this node's streams, as the database has it. */
export interface OwnStream {
  readonly streamId: StreamId;
  readonly isStopRequested: boolean;
}

/** Says who this node is, how often it shows itself, and how long one may be silent. */
export interface LeaseOptions {
  readonly nodeId: string;
  readonly renewMs: number;
  readonly leaseMs: number;
  /** Told after each beat: the streams of this node that had not ended when it was `sentAt`. */
  readonly onRenewed: (own: readonly OwnStream[], sentAt: number) => void;
  /** Told while there are dead nodes, and this one may take over their streams. */
  readonly onDeadNodes: () => void;
  /** Told again and again while no beat has come through for a lease. */
  readonly onLost: () => void;
}

const databaseNow = sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;

/** Beats for as long as the node lives. Times between beats are measured here, ages of others by the database. */
export class NodeLease {
  readonly #query: Kysely<Schema>;
  readonly #options: LeaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;
  #beatAt = performance.now();
  /** Since when no beat has been late. */
  #steadySince = Number.POSITIVE_INFINITY;

  constructor(query: Kysely<Schema>, options: LeaseOptions) {
    this.#query = query;
    this.#options = options;
  }

  /** Beats once, then goes on by itself.
   *  @throws {StreamError} `storage`. */
  async start(): Promise<void> {
    await this.#beat();
    this.#schedule();
    const { renewMs, onLost } = this.#options;
    this.#watch = setInterval(() => {
      if (this.#isLost) onLost();
    }, renewMs);
  }

  /** Says whether this node may judge others: it has seen the database well for as long as a node may be silent. */
  get mayTakeOver(): boolean {
    return performance.now() - this.#steadySince >= this.#options.leaseMs;
  }

  /** Lists the nodes that have been silent for too long, by the database's clock. */
  async deadNodes(): Promise<string[]> {
    const rows = await this.#query
      .selectFrom('nodes')
      .select('node_id')
      .where('beat_at', '<', sql<number>`${databaseNow} - ${this.#options.leaseMs}`)
      .where('node_id', '!=', this.#options.nodeId)
      .execute();
    return rows.map((row) => row.node_id);
  }

  /** Stops beating. The row goes where no stream needs it; else the others find the node dead in time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    await this.forget(this.#options.nodeId).catch(() => {});
  }

  /** Forgets a node that has no open stream any more. */
  async forget(nodeId: string): Promise<void> {
    await this.#query
      .deleteFrom('nodes')
      .where('node_id', '=', nodeId)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('streams')
              .select('stream_id')
              .where('streams.node_id', '=', nodeId)
              .where('ended_at', 'is', null),
          ),
        ),
      )
      .execute();
  }

  get #isLost(): boolean {
    return performance.now() - this.#beatAt > this.#options.leaseMs;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#beat()
        .catch(() => {}) // the database is away: the next beat tries again
        .finally(() => this.#schedule());
    }, this.#options.renewMs);
  }

  async #beat(): Promise<void> {
    const { nodeId, leaseMs, onRenewed, onDeadNodes } = this.#options;
    const sentAt = performance.now();
    const [own, dead] = await Promise.all([this.#showAndAsk(nodeId), this.deadNodes()]);
    if (this.#isClosed) return;
    const now = performance.now();
    // A beat that comes late says that this node, or the database, stood still: others may seem dead and are not.
    if (now - this.#beatAt > leaseMs / 2 || this.#steadySince === Number.POSITIVE_INFINITY) this.#steadySince = now;
    this.#beatAt = now;
    onRenewed(own, sentAt);
    if (dead.length > 0 && this.mayTakeOver) onDeadNodes();
  }

  async #showAndAsk(nodeId: string): Promise<OwnStream[]> {
    const { rows } = await sql<{ stream_id: StreamId; stop_requested_at: number | null }>`
      with beat as (
        insert into nodes (node_id, beat_at) values (${nodeId}, ${databaseNow})
        on conflict (node_id) do update set beat_at = excluded.beat_at)
      select stream_id, stop_requested_at from streams where node_id = ${nodeId} and ended_at is null`.execute(
      this.#query,
    );
    return rows.map((row) => ({ streamId: row.stream_id, isStopRequested: row.stop_requested_at !== null }));
  }
}
