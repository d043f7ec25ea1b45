import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Chat } from './Chat';
import { loadMessages } from './sillage';

// The chat's id is in the address, so that a reload and another tab show the same conversation.
const address = new URL(location.href);
const known = address.searchParams.get('chat');
const id = known ?? crypto.randomUUID();
address.searchParams.set('chat', id);
history.replaceState(null, '', address);

const messages = known === null ? [] : await loadMessages(id);

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Chat id={id} messages={messages} />
  </StrictMode>,
);
