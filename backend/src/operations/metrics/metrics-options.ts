// Where the metrics are served, and to whom.

/** Options of the metrics. */
export interface MetricsOptions {
  /** `undefined`: on the server's own port. */
  readonly port: number | undefined;
  readonly host: string;
  /** The token of other machines; without one, only this machine may read the metrics. */
  readonly token: string | undefined;
}

/** Injects the options. */
export const METRICS_OPTIONS = Symbol('MetricsOptions');
