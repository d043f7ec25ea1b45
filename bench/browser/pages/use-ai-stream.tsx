// Sillage's own hook.
import { useAIStream } from '@sillage/client/react';
import { useEffect } from 'react';
import { mount } from './mount.ts';
import { done, rendered, startsWith } from './page.ts';

mount(function Reply() {
  const { text, startStream } = useAIStream({ onComplete: done });
  rendered();
  useEffect(() => startsWith((message) => startStream({ message, history: [] })), [startStream]);
  return <pre id="text">{text}</pre>;
});
