// The HTTP server: how long a request may take to arrive, and how connections end without cutting off their last bytes.
import { createServer, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

const idleCheckMs = 10;

/** How often the server looks for requests that have not arrived in time. */
const arrivalCheckMs = 1_000;

/** Serves Express on a server that drops requests which take longer than `requestMs` to arrive, bodies included, and that
 *  lets connections finish their responses when it closes, for at most `closeMs`. */
export class ServerAdapter extends ExpressAdapter {
  readonly #closeMs: number;
  readonly #requestMs: number;

  constructor({ closeMs, requestMs }: { closeMs: number; requestMs: number }) {
    super();
    this.#closeMs = closeMs;
    this.#requestMs = requestMs;
  }

  override initHttpServer(): void {
    const listener = this.getInstance();
    const checks = { requestTimeout: this.#requestMs, headersTimeout: this.#requestMs };
    this.httpServer = createServer({ ...checks, connectionsCheckingInterval: arrivalCheckMs }, listener);
    this.httpServer.on('checkContinue', listener); // it is continued once its guards have let it pass
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
