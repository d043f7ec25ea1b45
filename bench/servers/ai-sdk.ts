// The AI SDK as its documentation shows it: `streamText` into a UI message stream, on node:http. With REDIS_URL each
// stream is also kept by `resumable-stream`, and GET /<stream id> follows it.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { pipeUIMessageStreamToResponse, streamText, toUIMessageStream } from 'ai';
import { createResumableStreamContext } from 'resumable-stream/redis';
import { serve, upstreamUrl } from './listening.ts';

const provider = createOpenAICompatible({ name: 'bench', baseURL: upstreamUrl });
// It connects to REDIS_URL by itself.
const context = process.env.REDIS_URL === undefined ? undefined : createResumableStreamContext({ waitUntil: null });

// A provider that breaks off rejects a promise that resumable-stream leaves to nobody, which would end the process, and
// with it every other stream. Figures break off what they have seen enough of.
process.on('unhandledRejection', () => {});

const server = createServer((request, response) => {
  void (request.method === 'GET' ? follow(request, response) : start(request, response)).catch(() =>
    response.destroy(),
  );
});
serve(server);

async function start(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { message: prompt } = (await json(request)) as { message: string };
  const streamId = randomUUID();
  const { stream } = streamText({ model: provider('bench'), prompt });
  await pipeUIMessageStreamToResponse({
    response,
    headers: { 'Stream-Id': streamId },
    stream: toUIMessageStream({ stream }),
    ...(context && {
      consumeSseStream: async ({ stream: kept }) => void (await context.createNewResumableStream(streamId, () => kept)),
    }),
  });
}

async function follow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const stream = await context?.resumeExistingStream((request.url ?? '').slice(1));
  if (!stream) return void response.writeHead(204).end();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]).pipe(response);
}
