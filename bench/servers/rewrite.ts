// The minimal rewrite behind node:http at both ends: no framework, no SDK, nothing kept.
import { Agent, request as ask, createServer } from 'node:http';
import { listen, upstreamUrl } from './listening.ts';
import { rewrite } from './rewriting.ts';

const agent = new Agent({ keepAlive: true });
const url = `${upstreamUrl}/chat/completions`;
const headers = { 'Content-Type': 'application/json' };

listen(
  createServer((request, response) => {
    const upstream = ask(url, { method: 'POST', agent, headers }, (answer) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      rewrite(answer, response);
    });
    request.pipe(upstream);
    upstream.on('error', () => response.destroy());
  }),
);
