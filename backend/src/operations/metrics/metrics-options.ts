// Where the metrics are served, and to whom.

/** Options of the metrics. */
export interface MetricsOptions {
  /** A separate port for the metrics; `undefined`: the server's own. */
  readonly port: number | undefined;
  /** Whether they are on the server's own port where they have none. Not in a worker: that port reaches any worker. */
  readonly isOnServerPort?: boolean;
  readonly host: string;
  /** The token that other machines must send; without one, only this machine may read the metrics. */
  readonly token: string | undefined;
}

/** Injects the options. */
export const METRICS_OPTIONS = Symbol('MetricsOptions');

/** Counts the requests of an address that may not read the metrics. */
export interface AddressLimit {
  /** @throws {StreamError} `rate-limited`. */
  reject(ip: string): Promise<void>;
}

/** Injects the limit. */
export const ADDRESS_LIMIT = Symbol('AddressLimit');
