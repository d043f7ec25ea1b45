// Closes the HTTP server without cutting off what is being said: readers get their last bytes, then it goes quickly.
import type { Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

const idleCheckMs = 10;

/** Lets connections finish their answers when the server closes, for at most `closeMs` milliseconds. */
export class ClosingAdapter extends ExpressAdapter {
  readonly #closeMs: number;

  constructor({ closeMs }: { closeMs: number }) {
    super();
    this.#closeMs = closeMs;
  }

  override async close(): Promise<void> {
    const server = this.getHttpServer() as Server;
    // A connection that has finished its answer is idle, and would be kept for the next request.
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    const limit = setTimeout(() => server.closeAllConnections(), this.#closeMs);
    try {
      await super.close();
    } finally {
      clearInterval(idle);
      clearTimeout(limit);
    }
  }
}
