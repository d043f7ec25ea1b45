// The port that keeps a user's turns apart across nodes, where there are any. It holds no lock: who was quicker wins.
import type { Statement } from '../../database/database.ts';

/** Is what a node knows of a turn that it has begun. */
export interface Turn {
  /** Refuses the batch that it is written with when another node's turn was written since this one began. */
  readonly claim: Statement;
  /** Says whether it was. */
  isLost(): Promise<boolean>;
}

/** Begins turns. */
export interface UserVersion {
  /** Begins a turn of this user: what is read from now on holds when `claim` is written. */
  begin(userId: string): Promise<Turn>;
}

/** Injects the guard, where there are other nodes. */
export const USER_VERSION = Symbol('TurnGuard');
