'use client';
import { useConversation, useFeed } from '@sillage/client/react';
import { type FormEvent, useState } from 'react';
import { feed, server } from '../../server';

export function Conversation({ sessionId }: { sessionId: string }) {
  const { messages, error, send } = useConversation(sessionId, { ...server, feed });
  const { connection } = useFeed(feed);
  const [message, setMessage] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    send(message);
    setMessage('');
  }

  return (
    <main>
      <h1>{sessionId}</h1>
      <ol>
        {messages.map(({ id, role, content }) => (
          <li key={id} data-role={role}>
            {content}
          </li>
        ))}
      </ol>
      {error && <p role="alert">{error}</p>}
      <form onSubmit={submit}>
        <input aria-label="Message" value={message} onChange={(event) => setMessage(event.target.value)} />
        <button type="submit">Send</button>
      </form>
      <p>The feed is {connection}.</p>
    </main>
  );
}
