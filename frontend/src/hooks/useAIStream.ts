// The client's hook with this app's connection options: same origin, and the token of the signed-in person.
import type { AIStreamOptions } from '@sillage/client';
import { useAIStream as useClientStream } from '@sillage/client/react';
import { server } from '../browser/api.ts';

/** Streams replies from this app's server. Options and result are those of `useAIStream` in `@sillage/client/react`. */
export function useAIStream(options: AIStreamOptions = {}): ReturnType<typeof useClientStream> {
  return useClientStream({ ...server, ...options });
}
