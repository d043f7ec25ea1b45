// The reconnect loop of streams and the feed: one connection after another, with growing pauses between those that bring
// nothing. What a lost connection means is decided by the caller.
import type { StreamError } from '@sillage/protocol';
import { isOffline, pause } from './connectivity.ts';
import { streamErrorOf } from './request.ts';
import { tokenRenewed } from './token-renewal.ts';

/** The losses since a connection last made progress. */
interface Losses {
  /** 0 for the first loss after progress. */
  readonly failures: number;
  /** How many of them happened while the browser had no network, which says nothing about the server. */
  readonly offline: number;
}

/** What follows a lost connection. */
interface NextAttempt<Item> {
  /** Yielded before the pause. */
  readonly item: Item;
  readonly pauseMs: number;
  /** Whether the pause must be waited for even if the network comes back meanwhile. */
  readonly isFirm?: boolean;
}

/** Inputs for reconnecting. */
export interface ReconnectOptions<Item> {
  /** Opens one connection and yields what it brings; returns `true` when no other connection is needed. Calls `progress`
   *  once the connection has proven to work. One that throws `tokenRenewed` is no loss: the next one is opened at once. */
  readonly connect: (progress: () => void) => AsyncGenerator<Item, boolean>;
  /** Decides how to go on after a loss; throws to give up. */
  readonly onLoss: (loss: StreamError, losses: Losses) => NextAttempt<Item>;
  readonly signal: AbortSignal;
}

/** Yields what the connections bring, in order, until one of them ends it or `signal` aborts. */
export async function* reconnect<Item>({ connect, onLoss, signal }: ReconnectOptions<Item>): AsyncGenerator<Item> {
  let offline = 0;
  for (let failures = 1; ; failures++) {
    const wasOffline = isOffline();
    let loss: unknown;
    try {
      const isEnded = yield* connect(() => {
        failures = offline = 0;
      });
      if (isEnded) return;
    } catch (error) {
      loss = error;
    }
    if (signal.aborted) return;
    if (loss === tokenRenewed) continue;
    if (wasOffline || isOffline()) offline++;
    const { item, pauseMs, isFirm } = onLoss(streamErrorOf(loss), { failures, offline });
    yield item;
    await pause(pauseMs, { signal, isFirm });
    if (signal.aborted) return;
  }
}
