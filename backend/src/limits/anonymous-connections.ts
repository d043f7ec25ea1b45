// Connections on which nobody is signed in: idle ones, unfinished requests, requests for the page. Beyond a limit the one
// that was quiet for longest is closed, so that a flood of strangers closes its own connections first.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LIMITS, type Limits } from './limits.ts';

const logEveryMs = 60_000;

/** Bounds the connections of a server that serve no signed-in request. */
@Injectable()
export class AnonymousConnections {
  readonly #most: number;
  readonly #logger = new Logger(AnonymousConnections.name);
  /** Least recently used first. */
  readonly #sockets = new Set<Socket>();
  #closed = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(@Inject(LIMITS) { anonymousConnections }: Pick<Limits, 'anonymousConnections'>) {
    this.#most = anonymousConnections;
  }

  /** Bounds the connections of this server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      socket.once('close', () => this.#sockets.delete(socket));
      this.#add(socket);
    });
  }

  /** Leaves the connection of a request alone until it is answered: it is known who asks. */
  signedIn({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#sockets.delete(socket)) return; // another server's, or of a request before it that is not answered yet
    response.once('close', () => {
      if (!socket.destroyed) this.#add(socket);
    });
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#most || oldest === undefined) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
    this.#log();
  }

  #log(): void {
    this.#closed += 1;
    if (performance.now() - this.#loggedAt < logEveryMs) return;
    this.#logger.warn(
      `More than ${this.#most} connections on which nobody is signed in; closed ${this.#closed} of them.`,
    );
    this.#loggedAt = performance.now();
    this.#closed = 0;
  }
}
