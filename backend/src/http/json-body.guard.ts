// Reads the body of a request once it is known who sends it: nobody who is not signed in has a body received or parsed.
// A guard, and not an interceptor: behind one, Nest sends the headers of an `@Sse()` route before its handler has decided.
import { IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { limits } from '@sillage/protocol';
import bodyParser from 'body-parser';
import type { Request } from 'express';
import { currentUserOf } from '../auth/current-user.decorator.ts';
import { UploadSlots } from '../limits/user-slots.ts';

/** In bytes. Bodies up to it are bounded by the requests that a user may make while one may take to arrive. */
const smallBody = 65_536;

const readJson = promisify(bodyParser.json({ limit: limits.bodyBytes }));

/** Parses a JSON body into `request.body`, unless the host application has done so already; stands behind `JwtGuard`. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  constructor(private readonly slots: UploadSlots) {}

  /** @throws {StreamError} `rate-limited` when too many bodies of this user are being received. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request instanceof IncomingMessage && request.body === undefined) {
      await this.read(request, http.getResponse<ServerResponse>());
    }
    return true;
  }

  private async read(request: Request, response: ServerResponse): Promise<void> {
    const giveBack = isLarge(request) ? this.slots.take(currentUserOf(request)?.id ?? '') : () => {};
    try {
      if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
      await readJson(request, response);
    } finally {
      giveBack();
    }
  }
}

/** Whether a body is long, or of a length that is not announced. */
function isLarge({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBody;
}
