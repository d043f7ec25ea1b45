// The port for optimistic locking between nodes: a version of each user, which the first node to commit increments.
import type { Statement } from '../../database/database.ts';

/** A user's version at the time of the read. */
export interface VersionSnapshot {
  /** Increments the version. Its batch fails if another node has incremented the version since the read. */
  readonly increment: Statement;
  /** Whether another node has incremented the version since the read. */
  hasChanged(): Promise<boolean>;
}

/** The versions of users. */
export interface UserVersion {
  /** Reads the version of a user. Data read later is still current when `increment` is committed. */
  read(userId: string): Promise<VersionSnapshot>;
}

/** Injects the port; absent on a single node. */
export const USER_VERSION = Symbol('UserVersion');
