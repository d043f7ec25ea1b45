// Serves `/metrics` on a port of its own, and connects the metrics to what they count.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RunningGenerations } from '../../ai-chat/generation/running-generations.ts';
import { FeedResponder } from '../../ai-chat/sse/feed-responder.ts';
import { ReadingService } from '../../ai-chat/sse/reading.service.ts';
import { Metrics } from './metrics.ts';
import { mayReadMetrics } from './metrics-access.ts';
import { METRICS_OPTIONS, type MetricsOptions } from './metrics-options.ts';

/** Headers of every response, as on the server's own port. */
const always = new Map([
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
]);

@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly metrics: Metrics,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsOptions,
    generations: RunningGenerations,
    reads: ReadingService,
    feeds: FeedResponder,
  ) {
    metrics.watch({
      running: () => generations.size,
      feeds: () => feeds.readers,
      lags: () => [...reads.pumps].map(({ lag }) => lag),
    });
  }

  /** The port of the metrics, if they have their own. */
  get port(): number | undefined {
    return this.server && (this.server.address() as AddressInfo).port;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { port, host } = this.options;
    if (port === undefined) return;
    this.server = createServer((request, response) => void this.respond(request, response));
    this.server.listen(port, host);
    await once(this.server, 'listening'); // rejects when the port is in use
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeaders(always);
    const isFound = request.url?.split('?', 1)[0] === '/metrics' && request.method === 'GET';
    if (!isFound || !mayReadMetrics(request, this.options.token)) {
      response.writeHead(isFound ? 401 : 404).end();
      return;
    }
    const { contentType, body } = await this.metrics.text();
    response.writeHead(200, { 'Content-Type': contentType }).end(body);
  }
}
