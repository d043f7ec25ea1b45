// The HTTP server: it limits how long a request may take to arrive, and sends pending bytes before it closes connections.
import { createServer, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

const idleCheckMs = 10;

/** Interval of the check for requests that have not arrived in time. */
const arrivalCheckMs = 1_000;

/** Runs Express on a server that drops requests which take longer than `requestMs` to arrive, including the body. On close,
 *  connections have `closeMs` to finish their responses. */
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
    this.httpServer.on('checkContinue', listener); // `JsonBodyGuard` sends `100 Continue`, after authentication
  }

  override async close(): Promise<void> {
    const server = this.getHttpServer() as Server;
    // A connection that has finished its response is idle and would otherwise stay open for the next request.
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
