// The server's metrics (docs/operations.md, Metrics), counted in memory and read by Prometheus.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import type { MeasuredReply, Observer } from '../../observing/observer.ts';
import { PeakWindow } from './peak-window.ts';
import { PlainHistogram } from './plain-histogram.ts';

/** What is counted only when the metrics are read. */
export interface MetricSources {
  readonly running: () => number;
  readonly feeds: () => number;
  /** How far each reader is behind what is stored, in UTF-16 units. */
  readonly lags: () => readonly number[];
}

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const slow = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
const long = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Interval at which the delay of the event loop is measured. */
const sampleMs = 20;

/** Counts what the module observes. Methods only increment. */
@Injectable()
export class Metrics implements Observer, OnApplicationShutdown {
  readonly #registry = new Registry();
  readonly #eventLoop = monitorEventLoopDelay({ resolution: sampleMs });
  readonly #eventLoopDelay = new PeakWindow({
    peak: () => Math.max(0, this.#eventLoop.max / 1e9 - sampleMs / 1000),
    reset: () => this.#eventLoop.reset(),
  });
  readonly #firstToken = this.#histogram(
    'time_to_first_token_seconds',
    'From the start of a reply to its first token',
    slow,
  );
  readonly #perToken = this.#histogram(
    'time_per_output_token_seconds',
    'Between two tokens of a reply, on average',
    fast,
  );
  readonly #duration = this.#histogram('reply_duration_seconds', 'From the start of a reply to its end', long);
  readonly #replies = this.#counter('replies_total', 'Ended replies', 'model', 'reason');
  readonly #tokens = this.#counter('tokens_total', 'Tokens of ended replies', 'model', 'kind');
  readonly #providerErrors = this.#counter('provider_errors_total', 'Failed completion requests', 'code');
  readonly #providerRetries = this.#counter('provider_retries_total', 'Completion requests that were sent again');
  readonly #resumes = this.#counter('resumes_total', 'Readers that resumed a stream');
  readonly #replayed = this.#counter(
    'replayed_characters_total',
    'Stored text that new readers got first, in UTF-16 units',
  );
  readonly #stop = this.#plainHistogram('stop_seconds', 'From a stop to the stored end of the reply');
  readonly #commit = this.#plainHistogram('store_commit_seconds', 'Duration of a commit of the database');
  readonly #append = this.#plainHistogram('store_append_seconds', 'Until a piece of a reply is stored');
  readonly #leaseLosses = this.#counter('lease_losses_total', 'Losses of the lease of this node');
  readonly #fenced = this.#counter('fenced_streams_total', 'Streams of this node that another node took over');

  constructor() {
    this.#eventLoop.enable();
    this.#addProcessGauges();
  }

  /** Adds the gauges of what is under way. */
  watch({ running, feeds, lags }: MetricSources): void {
    this.#gauge('replies_running', 'Replies that this node produces', running);
    this.#gauge('readers', 'Connections that read a reply', () => lags().length);
    this.#gauge('feeds', 'Connections that read a feed', feeds);
    this.#gauge('reader_lag_characters', 'How far the slowest reader is behind what is stored', () =>
      Math.max(0, ...lags()),
    );
  }

  /** Returns all metrics in the text format of Prometheus. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  onApplicationShutdown(): void {
    this.#eventLoop.disable();
    this.#eventLoopDelay.stop();
  }

  appended(ms: number): void {
    this.#append.observe(ms / 1000);
  }

  committed(ms: number): void {
    this.#commit.observe(ms / 1000);
  }

  replyEnded({
    model = 'unknown',
    finishReason: reason,
    usage,
    durationMs,
    firstTokenMs,
    lastTokenMs,
  }: MeasuredReply): void {
    this.#replies.inc({ model, reason });
    if (durationMs !== undefined) this.#duration.observe({ model }, durationMs / 1000);
    if (firstTokenMs !== undefined) this.#firstToken.observe({ model }, firstTokenMs / 1000);
    if (usage === undefined) return;
    this.#tokens.inc({ model, kind: 'prompt' }, usage.promptTokens);
    this.#tokens.inc({ model, kind: 'completion' }, usage.completionTokens);
    if (firstTokenMs === undefined || lastTokenMs === undefined || usage.completionTokens < 2) return;
    this.#perToken.observe({ model }, (lastTokenMs - firstTokenMs) / 1000 / (usage.completionTokens - 1));
  }

  providerFailed(code: string): void {
    this.#providerErrors.inc({ code });
  }

  providerRetried(): void {
    this.#providerRetries.inc();
  }

  readOpened({ isResume, replayed }: { readonly isResume: boolean; readonly replayed: number }): void {
    if (isResume) this.#resumes.inc();
    this.#replayed.inc(replayed);
  }

  stopped(ms: number): void {
    this.#stop.observe(ms / 1000);
  }

  leaseLost(): void {
    this.#leaseLosses.inc();
  }

  fenced(): void {
    this.#fenced.inc();
  }

  #addProcessGauges(): void {
    this.#gauge('event_loop_delay_seconds', 'Longest delay of the event loop in the last minute', () =>
      this.#eventLoopDelay.read(),
    );
    this.#gauge('process_cpu_seconds', 'CPU time of the process', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.#gauge('process_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss());
    this.#gauge(
      'process_active_resources',
      'Timers, sockets and other resources that keep the process alive',
      () => process.getActiveResourcesInfo().length,
    );
    this.#gauge('process_start_time_seconds', 'When the process started', () => performance.timeOrigin / 1000);
  }

  #counter<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `sillage_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram<'model'> {
    return new Histogram({
      name: `sillage_${name}`,
      help,
      buckets,
      labelNames: ['model'],
      registers: [this.#registry],
    });
  }

  #plainHistogram(name: string, help: string): PlainHistogram {
    const histogram = new PlainHistogram(`sillage_${name}`, help, fast);
    this.#registry.registerMetric(histogram as unknown as Metric);
    return histogram;
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `sillage_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}
