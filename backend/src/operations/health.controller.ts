// Tells a balancer whether this process lives, and whether it takes starts.
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Generations } from '../ai-chat/generations.ts';

@Controller('health')
export class HealthController {
  constructor(private readonly generations: Generations) {}

  /** Answers as long as the process does. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Answers `503` once the process is shutting down. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): { status: 'ready' | 'shutting-down' } {
    if (!this.generations.isClosing) return { status: 'ready' };
    response.status(503);
    return { status: 'shutting-down' };
  }
}
