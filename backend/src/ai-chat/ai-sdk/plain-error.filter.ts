// Errors for clients that show the body of an error response to a person as it is, as the AI SDK's `useChat` does.
import { type ArgumentsHost, Catch } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { nodeResponseOf, type PlatformRequest } from '../../platform/adapters.ts';
import { RefusalFilter, writeRefusal } from '../../platform/refusal.filter.ts';

/** Writes the sentence of an error as plain text. A read that fails because of the storage loses its connection instead, as
 *  every read does, so that the client resumes. */
@Catch(StreamError)
export class PlainErrorFilter extends RefusalFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const isRead = http.getRequest<PlatformRequest>().method === 'GET';
    if (isRead && error instanceof StreamError && error.code === 'storage')
      nodeResponseOf(http.getResponse()).destroy();
    else writeRefusal(error, http.getResponse(), { asText: true });
  }
}
