// The route of AG-UI clients: the thread is the conversation, and a run is a reply (docs/ai-sdk.md).
import { Body, Controller, Post, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { JwtGuard } from '../../auth/jwt.guard.ts';
import type { User } from '../../auth/user.ts';
import { JsonBodyGuard } from '../../http/json-body.guard.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { ReaderGuard } from '../http/reader.guard.ts';
import { BranchStarter } from '../shown-branches/branch-starter.ts';
import { ReplyResponder } from '../shown-branches/reply-responder.ts';
import { AgUiEncoder } from '../sse/encoders/ag-ui-encoder.ts';
import { agUiRequest } from './ag-ui-request.ts';

@Controller()
@UseGuards(JwtGuard, ReaderGuard, JsonBodyGuard)
@UseFilters(ErrorResponseFilter)
export class AgUiController {
  constructor(
    private readonly starter: BranchStarter,
    private readonly responder: ReplyResponder,
  ) {}

  /** Starts a reply, or finds the one under way to the same message, and writes it from its start. */
  @Post()
  async run(@CurrentUser() user: User, @Body() body: unknown, @Res() response: unknown): Promise<void> {
    const { run, branch } = agUiRequest(body);
    const streamId = await this.starter.start(user, branch);
    await this.responder.write(user, streamId, response, (read, message) => new AgUiEncoder(read, message, run));
  }
}
