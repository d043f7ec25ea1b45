// Limits on the use of the server by one user and by unauthenticated clients.

/** The limits. Nodes that share a Redis count requests and connections of users, and requests of addresses, together. */
export interface Limits {
  readonly requestsPerMinute: number;
  /** Requests of one address without a valid token or ticket. */
  readonly anonymousRequestsPerMinute: number;
  /** Open readers and feeds of one user. */
  readonly connectionsPerUser: number;
  /** Large request bodies of one user that the node is receiving. */
  readonly uploadsPerUser: number;
  /** Connections that serve no authenticated request. */
  readonly anonymousConnections: number;
}

/** Injects the limits. */
export const LIMITS = Symbol('Limits');
