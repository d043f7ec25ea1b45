// The lease of this node: a row that it renews on an interval, timed by the database's clock. The same round trip reads
// this node's open streams, with requested stops, and finds nodes whose lease has expired.
import { Logger } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../../database/schema.ts';
import type { Observer } from '../../../observing/observer.ts';
import { describeError } from '../../describe-error.ts';

/** An open stream of this node, as stored in the database. */
export interface OwnStream {
  readonly streamId: StreamId;
  readonly isStopRequested: boolean;
}

/** Identity of this node, intervals of the lease, and callbacks. */
export interface LeaseOptions {
  readonly nodeId: string;
  /** Interval between renewals. */
  readonly renewMs: number;
  /** Time without a renewal after which a node is declared dead. */
  readonly leaseMs: number;
  /** Interval between searches for nodes without a lease. */
  readonly missingMs: number;
  /** Called after each renewal with this node's open streams; `sentAt` is when the query was sent, by `performance.now()`. */
  readonly onRenewed: (own: readonly OwnStream[], sentAt: number) => void;
  /** Called after a renewal that found dead nodes, if this node may take over their streams. */
  readonly onDeadNodes: () => void;
  readonly observer?: Observer | undefined;
  /** Called every `renewMs` while the lease has not been renewed for `leaseMs`. */
  readonly onLost: () => void;
}

const databaseNow = sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;

/** Renews the lease until `close`. Its own delays are measured by this process, the ages of other leases by the database. */
export class NodeLease {
  readonly #query: Kysely<Schema>;
  readonly #options: LeaseOptions;
  #renewTimer: NodeJS.Timeout | undefined;
  #lossTimer: NodeJS.Timeout | undefined;
  #missingTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #renewedAt = performance.now();
  /** Since when every renewal has been on time. */
  #steadySince = Number.POSITIVE_INFINITY;
  #isFailing = false;
  #isLossLogged = false;
  readonly #logger = new Logger(NodeLease.name);

  constructor(query: Kysely<Schema>, options: LeaseOptions) {
    this.#query = query;
    this.#options = options;
  }

  /** Renews once, then on the interval.
   *  @throws {StreamError} `storage`. */
  async start(): Promise<void> {
    await this.#addMissingLeases();
    await this.#renew();
    this.#scheduleRenewal();
    const { renewMs, missingMs, onLost } = this.#options;
    this.#missingTimer = setInterval(() => void this.#attempt(() => this.#addMissingLeases()), missingMs);
    this.#lossTimer = setInterval(() => {
      if (!this.#isLost) return;
      this.#logLoss();
      onLost();
    }, renewMs);
  }

  /** Whether this node may declare others dead: its own lease has been renewed without delay for a full lease. */
  get mayTakeOver(): boolean {
    return performance.now() - this.#steadySince >= this.#options.leaseMs;
  }

  /** Lists the other nodes whose lease has expired, by the database's clock. */
  async deadNodes(): Promise<string[]> {
    const rows = await this.#query
      .selectFrom('nodes')
      .select('node_id')
      .where('beat_at', '<', sql<number>`${databaseNow} - ${this.#options.leaseMs}`)
      .where('node_id', '!=', this.#options.nodeId)
      .execute();
    return rows.map((row) => row.node_id);
  }

  /** Stops renewing. Deletes this node's row, unless it has open streams: then the lease expires and another node takes over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewTimer);
    clearInterval(this.#lossTimer);
    clearInterval(this.#missingTimer);
    await this.forget(this.#options.nodeId).catch(() => {});
  }

  /** Deletes the row of a node without open streams; otherwise does nothing. */
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
    return performance.now() - this.#renewedAt > this.#options.leaseMs;
  }

  #scheduleRenewal(): void {
    if (this.#isClosed) return;
    const renew = () => this.#attempt(() => this.#renew()).finally(() => this.#scheduleRenewal());
    this.#renewTimer = setTimeout(renew, this.#options.renewMs);
  }

  /** Runs a query that the next interval repeats. Logs when queries begin to fail, and when they succeed again; the database
   *  itself logs that it cannot be reached. */
  async #attempt(query: () => Promise<void>): Promise<void> {
    try {
      await query();
      if (this.#isFailing) this.#logger.warn('The lease of this node is renewed again.');
      this.#isFailing = false;
    } catch (error) {
      if (this.#isFailing || this.#isClosed || error instanceof StreamError) return;
      this.#isFailing = true;
      this.#logger.warn(`The lease of this node cannot be renewed; this is retried: ${describeError(error)}`);
    }
  }

  #logLoss(): void {
    if (this.#isLossLogged) return;
    this.#isLossLogged = true;
    this.#options.observer?.leaseLost?.();
    const seconds = this.#options.leaseMs / 1000;
    this.#logger.error(
      `The lease of this node is lost: it has not been renewed for ${seconds} s. Other nodes may take over its replies.`,
    );
  }

  /** Adds an expired lease for every node that has open streams but no lease, so that it is declared dead. Occurs when a
   *  stalled node was declared dead, then started another stream, and died before its next renewal. */
  async #addMissingLeases(): Promise<void> {
    await sql`insert into nodes (node_id, beat_at)
      select distinct node_id, cast(0 as bigint) from streams
        where ended_at is null and node_id is not null and node_id not in (select node_id from nodes)
      on conflict (node_id) do nothing`.execute(this.#query);
  }

  async #renew(): Promise<void> {
    const { nodeId, leaseMs, onRenewed, onDeadNodes } = this.#options;
    const sentAt = performance.now();
    const [own, dead] = await Promise.all([this.#renewAndListOwn(nodeId), this.deadNodes()]);
    if (this.#isClosed) return;
    const now = performance.now();
    // A late renewal means that this node or the database was stalled: other leases may seem expired although their nodes live.
    if (now - this.#renewedAt > leaseMs / 2 || this.#steadySince === Number.POSITIVE_INFINITY) this.#steadySince = now;
    this.#renewedAt = now;
    if (this.#isLossLogged) this.#logger.warn('This node has a lease again.');
    this.#isLossLogged = false;
    onRenewed(own, sentAt);
    if (dead.length > 0 && this.mayTakeOver) onDeadNodes();
  }

  async #renewAndListOwn(nodeId: string): Promise<OwnStream[]> {
    const { rows } = await sql<{ stream_id: StreamId; stop_requested_at: number | null }>`
      with renewed as (
        insert into nodes (node_id, beat_at) values (${nodeId}, ${databaseNow})
        on conflict (node_id) do update set beat_at = excluded.beat_at)
      select stream_id, stop_requested_at from streams where node_id = ${nodeId} and ended_at is null`.execute(
      this.#query,
    );
    return rows.map((row) => ({ streamId: row.stream_id, isStopRequested: row.stop_requested_at !== null }));
  }
}
