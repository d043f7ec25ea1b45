// The client's hook, bound to this app: same origin, and the token that the page signed in with.
import type { AIStreamOptions } from '@sillage/client';
import { useAIStream as useClientStream } from '@sillage/client/react';
import { server } from '../browser/api.ts';

/** Streams replies of this app's server. Options and result are those of `useAIStream` in `@sillage/client/react`. */
export function useAIStream(options: AIStreamOptions = {}): ReturnType<typeof useClientStream> {
  return useClientStream({ ...server, ...options });
}
