// Two limits over node:http at both ends, without a framework or an SDK. REPLY=pipe passes the upstream's bytes through
// Node's own pipe; REPLY=rewrite is the minimal rewrite. Nothing is kept.
import { Agent, createServer, request as httpRequest } from 'node:http';
import { serve, upstreamUrl } from './listening.ts';
import { rewrite } from './rewriting.ts';

const agent = new Agent({ keepAlive: true });
const url = `${upstreamUrl}/chat/completions`;
const headers = { 'Content-Type': 'application/json' };
const isPipe = process.env.REPLY === 'pipe';

serve(
  createServer((request, response) => {
    const upstream = httpRequest(url, { method: 'POST', agent, headers }, (message) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      if (isPipe) message.pipe(response);
      else rewrite(message, response);
    });
    request.pipe(upstream);
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
  }),
);
