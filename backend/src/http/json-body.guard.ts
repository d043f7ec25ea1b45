// Reads the body of a request after authentication: the server neither receives nor parses a body of an unauthenticated sender.
// A guard and not an interceptor, because with an interceptor Nest sends the headers of an `@Sse()` route too early.
import { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { limits } from '@sillage/protocol';
import bodyParser from 'body-parser';
import { currentUserOf } from '../auth/current-user.decorator.ts';
import { UploadSlots } from '../limits/user-slots.ts';
import { nodeResponseOf, type PlatformRequest } from '../platform/adapters.ts';
import { bodyError, wrongContentType } from '../platform/body-error.ts';
import { restoreContentType } from '../platform/own-bodies.ts';

/** In bytes. Bodies up to this size need no upload slot: the request rate and the request timeout bound them. */
const smallBody = 65_536;

const readJson = promisify(bodyParser.json({ limit: limits.bodyBytes }));

/** Parses a JSON body into `request.body`, unless the framework has already done so. Runs after `JwtGuard`. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  constructor(private readonly slots: UploadSlots) {}

  /** @throws {StreamError} `rate-limited` when the server is receiving too many bodies of this user; `too-large`;
   *  `bad-request`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    if (!(request instanceof IncomingMessage)) return true; // Fastify parses before guards
    restoreContentType(request);
    if (request.body === undefined) await this.read(request, http.getResponse());
    return true;
  }

  private async read(request: PlatformRequest & IncomingMessage, response: unknown): Promise<void> {
    const release = isLarge(request) ? this.slots.take(currentUserOf(request)?.id ?? '') : () => {};
    const node = nodeResponseOf(response);
    try {
      if (request.headers.expect?.toLowerCase() === '100-continue') node.writeContinue();
      await readJson(request, node);
    } catch (error) {
      throw bodyError(error);
    } finally {
      release();
    }
    if (request.body === undefined && hasBody(request)) throw wrongContentType();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether a body is large or has no announced length. */
function isLarge({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBody;
}
