// Revokes tokens before they expire, on every node. Requests are checked in memory; open event streams are closed.
import { setImmediate } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { DATABASE, type Database } from '../../database/database.ts';
import { Outage } from '../../observing/outage.ts';
import type { TokenClaims } from '../tokens/token-claims.ts';
import { type Revocation, RevocationList } from './revocation-list.ts';
import { RevocationRows } from './revocation-rows.ts';

/** Options of revocations. */
export interface RevocationOptions {
  /** Whether the server checks tokens itself; with a host's own sign-in there is nothing to revoke. */
  readonly isEnabled: boolean;
  /** Whether other nodes revoke tokens, too. */
  readonly isShared: boolean;
  /** The longest lifetime of a token. */
  readonly keepMs: number;
  /** Interval at which the revocations of other nodes are read. */
  readonly revocationPollMs: number;
}

/** Injects the options. */
export const REVOCATION_OPTIONS = Symbol('RevocationOptions');

/** A token whose validity matters for as long as something is open. */
export interface WatchedToken {
  readonly userId: string;
  readonly token: TokenClaims;
  /** Called once when the token is revoked. */
  readonly onRevoked: () => void;
}

/** Maximum number of event streams that are closed in one iteration of the event loop. */
const endedPerTick = 32;

@Injectable()
export class Revocations implements OnModuleInit, BeforeApplicationShutdown {
  private readonly list = new RevocationList();
  private readonly rows: RevocationRows;
  private readonly watched = new Set<WatchedToken>();
  private readonly outage: Outage;
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(REVOCATION_OPTIONS) readonly options: RevocationOptions,
  ) {
    this.rows = new RevocationRows(database);
    this.outage = new Outage({
      context: Revocations.name,
      begun: 'The revocations of other nodes cannot be read; those that are known stay in force.',
      over: 'The revocations of other nodes are read again.',
      quietMs: options.revocationPollMs,
    });
  }

  /** @throws {StreamError} `storage`: a server must not start before it has read the revocations. */
  async onModuleInit(): Promise<void> {
    if (!this.options.isEnabled) return;
    await this.readNew();
    if (this.options.isShared) this.poll();
  }

  beforeApplicationShutdown(): void {
    this.isClosing = true;
    clearTimeout(this.timer);
    this.outage.close();
  }

  /** Stores a revocation. It holds at once on this node, and on the others within seconds; open event streams are closed.
   *  @throws {StreamError} `storage`; `conflict` where the application signs users in itself. */
  async add(revocation: Revocation): Promise<void> {
    const message = 'With auth.resolveUser there are no tokens to revoke: it decides on each request.';
    if (!this.options.isEnabled) throw new StreamError('conflict', message);
    await this.rows.write(revocation);
    this.enforce([revocation]);
  }

  /** @throws {StreamError} `unauthorized` for a revoked token. */
  check(userId: string, token: TokenClaims): void {
    if (this.list.covers(userId, token)) throw new StreamError('unauthorized', revokedMessage);
  }

  /** Calls `onRevoked` when a token is revoked, also if it was revoked after its request was checked. Returns a function that
   *  stops watching. */
  watch(watched: WatchedToken): () => void {
    this.watched.add(watched);
    if (this.list.size > 0) queueMicrotask(() => void this.notify([watched])); // revoked since its request was checked
    return () => this.watched.delete(watched);
  }

  /** Deletes the revocations whose tokens have all expired. */
  async sweep(now: number): Promise<void> {
    await this.rows.deleteExpired(now);
    this.list.dropExpired(now);
  }

  private poll(): void {
    this.timer = setTimeout(async () => {
      try {
        await this.readNew();
        this.outage.succeeded();
      } catch (error) {
        this.outage.failed(error);
      }
      if (!this.isClosing) this.poll();
    }, this.options.revocationPollMs);
  }

  private async readNew(): Promise<void> {
    this.enforce(await this.rows.readNew());
  }

  private enforce(revocations: readonly Revocation[]): void {
    for (const revocation of revocations) this.list.add(revocation);
    if (revocations.length > 0) void this.notify([...this.watched]);
  }

  private async notify(watched: readonly WatchedToken[]): Promise<void> {
    let ended = 0;
    for (const one of watched) {
      if (!this.list.covers(one.userId, one.token) || !this.watched.delete(one)) continue;
      one.onRevoked();
      if (++ended % endedPerTick === 0) await setImmediate();
    }
  }
}

/** What a person can do about a revoked token. */
export const revokedMessage = 'Sign in again: this session was ended.';
