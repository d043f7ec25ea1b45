// The AI SDK's hook, as its documentation shows it.
import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';
import { useEffect } from 'react';
import { done, rendered, startsWith } from './page.ts';

const transport = new DefaultChatTransport({ api: '/api/chat' });

/** Returns the component; `throttle` is the pause between renders, in milliseconds. */
export function chatWith(throttle?: number) {
  return function Reply() {
    const { messages, sendMessage } = useChat({ transport, onFinish: done, ...(throttle && { throttle }) });
    rendered();
    useEffect(() => startsWith((text) => void sendMessage({ text })), [sendMessage]);
    const reply = messages.filter(({ role }) => role === 'assistant').flatMap(({ parts }) => parts);
    return <pre id="text">{reply.map((part) => (part.type === 'text' ? part.text : ''))}</pre>;
  };
}
