// A model whose output the test controls. A request that comes later first receives everything that was sent before.
import type { ServerResponse } from 'node:http';
import { type Provider, providerChunk } from '@sillage/testing';

/** Sends text into every running reply. */
export interface ControlledModel {
  send(text: string): void;
  /** Ends the running replies with finish reason `stop`. */
  end(): void;
}

/** Makes `provider` answer every following request with the text that the test sends. */
export function controlModel(provider: Provider): ControlledModel {
  const replies: ServerResponse[] = [];
  const sent: string[] = [];
  const write = (chunk: string) => {
    sent.push(chunk);
    for (const reply of replies) reply.write(chunk);
  };
  provider.answer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.flushHeaders();
    for (const chunk of sent) reply.write(chunk);
    replies.push(reply);
  });
  return {
    send: (content) => write(providerChunk({ content })),
    end() {
      write(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
      for (const reply of replies) reply.end();
    },
  };
}
