// The provider of a run: it sends the reply that each request's script describes. It receives requests by node:http and
// writes prepared chunks to the socket, so that it costs far less than any server under test.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { endingOf, firstChunk, plainChunk, stampedChunk } from './chunk.ts';
import { pacerOf } from './pacer.ts';
import { type Script, scriptIn } from './script.ts';

const blockTokens = 200;
const block = Buffer.concat(Array<Buffer>(blockTokens).fill(plainChunk));

/** Starts an upstream. `url` is what an SDK is given; `hangUp` closes the connection of every reply. */
export async function startUpstream() {
  const pacers = new Map<number, ReturnType<typeof pacerOf>>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void reply(request, response));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const arrivedMs = performance.now();
    const script = scriptIn(body);
    const { socket } = response;
    if (!socket) return; // it is gone already
    socket.setNoDelay(true);
    if (script.waitMs > 0) await delay(script.waitMs);
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Transfer-Encoding': 'chunked' });
    response.flushHeaders();
    if (script.rate > 0) return sendPaced(script, response, socket);
    if (script.stamped) socket.write(firstChunk(arrivedMs));
    await sendAtOnce(script.tokens - script.stamped, socket);
    finish(script, response, socket);
  }

  function sendPaced(script: Script, response: ServerResponse, socket: Socket): void {
    let left = script.tokens;
    const join = pacers.get(script.rate) ?? pacerOf(script.rate);
    pacers.set(script.rate, join);
    const callOff = join(() => {
      socket.write(script.stamped ? stampedChunk() : plainChunk);
      if (--left === 0) finish(script, response, socket);
      return left > 0;
    });
    response.once('close', callOff);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    hangUp: () => server.closeAllConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function sendAtOnce(tokens: number, socket: Socket): Promise<void> {
  await pipeline(blocksOf(tokens), socket, { end: false }).catch(() => {}); // the reader may leave at any time
}

function* blocksOf(tokens: number): Generator<Buffer> {
  for (let left = tokens; left > 0; left -= blockTokens) yield block.subarray(0, left * plainChunk.length);
}

function finish({ tokens, holds }: Script, response: ServerResponse, socket: Socket): void {
  if (holds || socket.destroyed) return;
  socket.write(endingOf(tokens));
  response.end();
}
