// Health checks for a load balancer: whether this process runs, and whether it accepts new streams.
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RunningGenerations } from '../ai-chat/generation/running-generations.ts';
import { STREAM_STORE, type StreamStore } from '../streams/stream-store.ts';

@Controller('health')
export class HealthController {
  constructor(
    private readonly generations: RunningGenerations,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
  ) {}

  /** Responds `200` as long as the process runs. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Responds `503` while the process is shutting down, and while this node alone cannot reach the database. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): { status: 'ready' | 'shutting-down' | 'cut-off' } {
    const { isClosing } = this.generations;
    // If no node reaches the database, all stay ready: a load balancer without ready nodes would refuse readers as well.
    if (!isClosing && this.store.databaseUnreachable !== 'this-node') return { status: 'ready' };
    response.status(503);
    return { status: isClosing ? 'shutting-down' : 'cut-off' };
  }
}
