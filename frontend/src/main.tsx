// Starts the chat page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { loadMarkdown } from './markdown/load-markdown.ts';
import './styles/index.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html holds no element #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

// Behind the first paint, and before the first reply; at once where a reply is shown first, which would be seen as it was
// written. What draws a reply tries again, should it fail.
const load = () => void loadMarkdown().catch(() => undefined);
if (location.pathname === '/') addEventListener('load', load);
else load();
