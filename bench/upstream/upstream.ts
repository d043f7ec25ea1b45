// The provider of a run, in its own process: it sends the reply that each request's script describes. It receives requests by
// node:http and writes prepared chunks to the socket, so that it costs far less than any server under test.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { serveParent } from '../testbed/child.ts';
import { nowMicros } from '../testbed/clock.ts';
import { endingOf, plainChunk, stampedChunk } from './chunk.ts';
import { Pacer } from './pacer.ts';
import { type Script, scriptIn } from './script.ts';

const blockTokens = 200;
const block = Buffer.concat(Array<Buffer>(blockTokens).fill(plainChunk));
const pacers = new Map<number, Pacer>();
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void reply(request, response));

/** The functions that the parent process can call. */
export type UpstreamVerbs = typeof verbs;
const verbs = { listen, hangUp };
serveParent(verbs);

/** Starts to listen, and returns the URL that an SDK is given. */
async function listen(): Promise<string> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** Closes the connection of every reply. */
function hangUp(): void {
  server.closeAllConnections();
}

async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await request.setEncoding('utf8').toArray()).join('');
  const arrived = nowMicros();
  const script = scriptIn(body);
  const { socket } = response;
  if (!socket) return; // it is gone already
  socket.setNoDelay(true);
  if (script.waitMs > 0) await delay(script.waitMs);
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
  if (script.rate > 0) return sendPaced(script, response, socket);
  if (script.stamped) socket.write(stampedChunk(arrived));
  await sendAtOnce({ ...script, tokens: script.tokens - Number(script.stamped) }, socket);
  finish(script, response, socket);
}

async function sendAtOnce({ tokens }: Script, socket: Socket): Promise<void> {
  const size = block.length / blockTokens;
  for (let left = tokens; left > 0 && !socket.destroyed; left -= blockTokens) {
    const isFree = socket.write(left >= blockTokens ? block : block.subarray(0, left * size));
    if (!isFree) await drained(socket);
  }
}

/** Resolves when the socket accepts more data or has closed. */
async function drained(socket: Socket): Promise<void> {
  const over = new AbortController();
  await Promise.race([once(socket, 'drain', over), once(socket, 'close', over)]);
  over.abort();
}

function sendPaced(script: Script, response: ServerResponse, socket: Socket): void {
  let left = script.tokens;
  const pacer = pacers.get(script.rate) ?? new Pacer(script.rate);
  pacers.set(script.rate, pacer);
  const callOff = pacer.join(() => {
    socket.write(script.stamped ? stampedChunk() : plainChunk);
    if (--left === 0) finish(script, response, socket);
    return left > 0;
  });
  response.once('close', callOff);
}

function finish({ tokens, holds }: Script, response: ServerResponse, socket: Socket): void {
  if (holds || socket.destroyed) return;
  socket.write(endingOf(tokens));
  response.end();
}
