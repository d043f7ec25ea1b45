import { useAIStream } from '@sillage/client/react';
import { type FormEvent, useState } from 'react';

// VITE_SILLAGE_URL is the origin of the Sillage server, whose CORS_ORIGINS must name this page's origin.
const baseUrl = import.meta.env.VITE_SILLAGE_URL;

export function Chat() {
  const [message, setMessage] = useState('');
  const { text, isStreaming, isComplete, error, startStream, stopStream } = useAIStream({ baseUrl, getToken });

  function send(event: FormEvent) {
    event.preventDefault();
    startStream({ message });
  }

  return (
    <main>
      <output>{text}</output>
      {isComplete && <p>Complete</p>}
      {error && <p role="alert">{error}</p>}
      <form onSubmit={send}>
        <input aria-label="Message" value={message} onChange={(event) => setMessage(event.target.value)} />
        <button type="submit">Send</button>
        {isStreaming && (
          <button type="button" onClick={stopStream}>
            Stop
          </button>
        )}
      </form>
    </main>
  );
}

// In your product: the token of your sign-in. The link that the server prints has one, too.
function getToken() {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
}
