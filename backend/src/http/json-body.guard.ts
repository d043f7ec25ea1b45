// Reads the body of a request after authentication: the server neither receives nor parses a body of an unknown sender.
// A guard and not an interceptor, because with an interceptor Nest sends the headers of an `@Sse()` route too early.
import { IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { limits } from '@sillage/protocol';
import bodyParser from 'body-parser';
import type { Request } from 'express';
import { currentUserOf } from '../auth/current-user.decorator.ts';
import { UploadSlots } from '../limits/user-slots.ts';

/** In bytes. Bodies up to this size need no upload slot: the request rate and the request timeout bound them. */
const smallBody = 65_536;

const readJson = promisify(bodyParser.json({ limit: limits.bodyBytes }));

/** Parses a JSON body into `request.body`, unless the host application has already done so. Runs after `JwtGuard`. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  constructor(private readonly slots: UploadSlots) {}

  /** @throws {StreamError} `rate-limited` when the server is receiving too many bodies of this user. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request instanceof IncomingMessage && request.body === undefined) {
      await this.read(request, http.getResponse<ServerResponse>());
    }
    return true;
  }

  private async read(request: Request, response: ServerResponse): Promise<void> {
    const release = isLarge(request) ? this.slots.take(currentUserOf(request)?.id ?? '') : () => {};
    try {
      if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
      await readJson(request, response);
    } finally {
      release();
    }
  }
}

/** Whether a body is large or has no announced length. */
function isLarge({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBody;
}
