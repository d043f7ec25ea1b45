'use client';
import { useAIStream } from '@sillage/client/react';
import { server } from './server';

export function Ask() {
  const { text, isStreaming, error, startStream, stopStream } = useAIStream(server);
  return (
    <section>
      <output>{text}</output>
      {error && <p role="alert">{error}</p>}
      <button type="button" onClick={isStreaming ? stopStream : () => startStream({ message: 'Hello' })}>
        {isStreaming ? 'Stop' : 'Ask'}
      </button>
    </section>
  );
}
