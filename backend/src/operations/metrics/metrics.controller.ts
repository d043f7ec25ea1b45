// `/metrics` on the server's own port.
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Request, Response } from 'express';
import { Metrics } from './metrics.ts';
import { mayReadMetrics } from './metrics-access.ts';
import { ADDRESS_LIMIT, type AddressLimit, METRICS_OPTIONS, type MetricsOptions } from './metrics-options.ts';

@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsOptions,
    @Inject(ADDRESS_LIMIT) private readonly limit: AddressLimit,
  ) {}

  /** @throws {StreamError} `not-found` with `metrics_port`; without the right to read the metrics `unauthorized`, or `rate-limited`. */
  @Get()
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { port, isOnServerPort = true, token } = this.options;
    if (port !== undefined) throw new StreamError('not-found', 'The metrics are on metrics_port.');
    if (!isOnServerPort) throw new StreamError('not-found', 'Set metrics_port: each worker has metrics of its own.');
    if (!mayReadMetrics(request, token)) {
      await this.limit.reject(request.ip ?? '');
      throw new StreamError('unauthorized', 'Send METRICS_TOKEN as a Bearer token.');
    }
    const { contentType, body } = await this.metrics.text();
    response.set({ 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(body);
  }
}
