// Connections without an authenticated request: idle ones, unfinished requests, requests for the page. Beyond a limit the
// longest idle one is closed, so that a flood of strangers closes its own connections first.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LIMITS, type Limits } from './limits.ts';

const logEveryMs = 60_000;

/** Limits the connections of a server that serve no authenticated request. */
@Injectable()
export class AnonymousConnections {
  readonly #max: number;
  readonly #logger = new Logger(AnonymousConnections.name);
  /** Least recently used first. */
  readonly #sockets = new Set<Socket>();
  #closed = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(@Inject(LIMITS) { anonymousConnections }: Pick<Limits, 'anonymousConnections'>) {
    this.#max = anonymousConnections;
  }

  /** Limits the connections of this server from now on. */
  observe(server: Server): void {
    server.on('connection', (socket: Socket) => {
      socket.once('close', () => this.#sockets.delete(socket));
      this.#add(socket);
    });
  }

  /** Exempts the connection of an authenticated request until its response has ended. */
  signedIn({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#sockets.delete(socket)) return; // of another server, or exempt already for a pipelined request before it
    response.once('close', () => {
      if (!socket.destroyed) this.#add(socket);
    });
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#max || oldest === undefined) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
    this.#log();
  }

  #log(): void {
    this.#closed += 1;
    if (performance.now() - this.#loggedAt < logEveryMs) return;
    this.#logger.warn(
      `More than ${this.#max} unauthenticated connections are open; closed ${this.#closed} of them, the longest idle first.`,
    );
    this.#loggedAt = performance.now();
    this.#closed = 0;
  }
}
