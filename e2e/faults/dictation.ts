// A model that says what a test dictates, when it dictates it: whoever asks later hears first what was said before.
import type { ServerResponse } from 'node:http';
import { type Provider, providerChunk } from '@sillage/testing';

/** Is what the test holds: each word goes into every reply that is under way. */
export interface Dictation {
  say(text: string): void;
  /** Ends the replies as a provider should. */
  end(): void;
}

/** Lets `provider` answer every request from now on with what is dictated. */
export function dictate(provider: Provider): Dictation {
  const replies: ServerResponse[] = [];
  const said: string[] = [];
  const write = (chunk: string) => {
    said.push(chunk);
    for (const reply of replies) reply.write(chunk);
  };
  provider.answer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.flushHeaders();
    for (const chunk of said) reply.write(chunk);
    replies.push(reply);
  });
  return {
    say: (content) => write(providerChunk({ content })),
    end() {
      write(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
      for (const reply of replies) reply.end();
    },
  };
}
