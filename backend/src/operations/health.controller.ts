// Tells a balancer whether this process lives, and whether it takes starts.
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

  /** Answers as long as the process does. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Answers `503` once the process is shutting down, and while its streams are others'. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): { status: 'ready' | 'shutting-down' | 'cut-off' } {
    const { isClosing } = this.generations;
    // Where all are cut off nobody is better off elsewhere, and a balancer without nodes refuses readers.
    if (!isClosing && this.store.databaseUnreachable !== 'this-node') return { status: 'ready' };
    response.status(503);
    return { status: isClosing ? 'shutting-down' : 'cut-off' };
  }
}
