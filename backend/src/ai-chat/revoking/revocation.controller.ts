// `POST /api/auth/revoke`, for the operator and the identity provider: ends sessions before their tokens expire.
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  Post,
  Res,
  UseGuards,
} from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { JsonBodyGuard } from '../../http/json-body.guard.ts';
import { Admission } from '../../limits/admission.ts';
import type { PlatformRequest } from '../../platform/adapters.ts';
import { isBearer } from '../../platform/bearer.ts';
import { sendNothing } from '../../platform/send.ts';
import { ChatService } from '../chat.service.ts';
import type { RevokeRequest } from './revoke-request.ts';

/** Injects the operator's token; `undefined`: the route does not exist. */
export const ADMIN_TOKEN = Symbol('AdminToken');

/** Accepts the operator's token. */
@Injectable()
class AdminGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_TOKEN) private readonly token: string | undefined,
    private readonly admission: Admission,
  ) {}

  /** @throws {StreamError} `not-found` without a token in the settings, `unauthorized`, `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { ip = '', headers } = context.switchToHttp().getRequest<PlatformRequest>();
    if (this.token === undefined) throw new StreamError('not-found', 'There is no route with this URL.');
    await this.admission.checkAddress(ip);
    if (isBearer(headers.authorization, this.token)) return true;
    await this.admission.reject(ip);
    throw new StreamError('unauthorized', 'Send ADMIN_TOKEN as a Bearer token.');
  }
}

@Controller('api/auth')
export class RevocationController {
  constructor(private readonly chats: ChatService) {}

  /** Revokes a token, or the tokens of a user (docs/protocol.md §8). */
  @Post('revoke')
  @UseGuards(AdminGuard, JsonBodyGuard)
  async revoke(@Body() body: RevokeRequest, @Res() response: unknown): Promise<void> {
    await sendNothing(response, this.chats.revoke(body));
  }
}
