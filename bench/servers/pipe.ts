// The limit: the upstream's bytes, passed through by Node's own pipe. It parses nothing and keeps nothing.
import { Agent, request as ask, createServer } from 'node:http';
import { listen, upstreamUrl } from './listening.ts';

const agent = new Agent({ keepAlive: true });
const url = `${upstreamUrl}/chat/completions`;
const headers = { 'Content-Type': 'application/json' };

listen(
  createServer((request, response) => {
    const upstream = ask(url, { method: 'POST', agent, headers }, (answer) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      answer.pipe(response);
    });
    request.pipe(upstream);
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
  }),
);
