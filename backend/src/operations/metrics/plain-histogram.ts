// A histogram without labels whose `observe` is an increment: prom-client's own costs ten times as much, too much for what is
// measured for every piece of every reply.

/** Collects durations in seconds. Registered as a metric of prom-client. */
export class PlainHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #bounds: Float64Array;
  /** One for each bound, and a last one for all above. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** Called by the registry when the metrics are read. */
  get() {
    const { name, help, type, aggregator } = this;
    let count = 0;
    const values = [...this.#counts].map((ofBucket, bucket) => {
      count += ofBucket;
      return { metricName: `${name}_bucket`, labels: { le: this.#bounds[bucket] ?? '+Inf' }, value: count };
    });
    const total = { metricName: `${name}_count`, labels: {}, value: count };
    return {
      name,
      help,
      type,
      aggregator,
      values: [...values, { ...total, metricName: `${name}_sum`, value: this.#sum }, total],
    };
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }
}
