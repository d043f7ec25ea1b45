// What bounds the use of one node by one user, and by strangers.

/** Limits of a node. */
export interface Limits {
  readonly requestsPerMinute: number;
  /** Readers and feeds of one user. */
  readonly connectionsPerUser: number;
  /** Request bodies of one user that are being received. */
  readonly uploadsPerUser: number;
  /** Connections that serve no signed-in request. */
  readonly anonymousConnections: number;
}

/** Injects the limits. */
export const LIMITS = Symbol('Limits');
