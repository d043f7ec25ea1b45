import { useChat } from '@ai-sdk/react';
import { type FormEvent, useEffect, useState } from 'react';
import { loadMessages, type ReplyMessage, stopReply, transport } from './sillage';

export function Chat({ id, messages: initial }: { id: string; messages: ReplyMessage[] }) {
  const [text, setText] = useState('');
  const { messages, status, error, sendMessage, regenerate, resumeStream, setMessages } = useChat({
    id,
    messages: initial,
    transport,
    resume: true, // a reload follows the reply under way
    throttle: 50,
    onFinish: ({ message, isError }) => console.info('finished', message.id, isError),
  });

  // After a lost network: follows the reply if it is still under way, then shows what is stored.
  useEffect(() => {
    const catchUp = async () => {
      await resumeStream();
      setMessages(await loadMessages(id));
    };
    addEventListener('online', catchUp);
    return () => removeEventListener('online', catchUp);
  }, [id, resumeStream, setMessages]);

  function send(event: FormEvent) {
    event.preventDefault();
    setText('');
    sendMessage({ text });
  }

  return (
    <main>
      {messages.map(({ id, role, parts, metadata }) => (
        <article key={id} aria-label={role}>
          {parts.map((part, index) => {
            // biome-ignore lint/suspicious/noArrayIndexKey: parts are only appended
            if (part.type === 'reasoning') return <blockquote key={index}>{part.text}</blockquote>;
            // biome-ignore lint/suspicious/noArrayIndexKey: parts are only appended
            return part.type === 'text' ? <p key={index}>{part.text}</p> : null;
          })}
          {metadata?.usage && (
            <small>
              {metadata.finishReason}: {metadata.usage.promptTokens + metadata.usage.completionTokens} tokens of{' '}
              {metadata.model}
            </small>
          )}
        </article>
      ))}
      <p role="status">{status}</p>
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={send}>
        <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit">Send</button>
        {(status === 'submitted' || status === 'streaming') && (
          <button type="button" onClick={() => stopReply(id)}>
            Stop
          </button>
        )}
        <button type="button" onClick={() => regenerate()}>
          Regenerate
        </button>
      </form>
    </main>
  );
}
