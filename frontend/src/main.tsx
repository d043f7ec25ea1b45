// The entry point of the chat page.
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

// Load the Markdown renderer after the first paint of an empty page, so that it is ready before the first reply. A page
// that opens with a conversation loads it at once; otherwise its replies would first appear as plain text. If loading
// fails, the component that renders a reply retries it.
const load = () => void loadMarkdown().catch(() => undefined);
if (location.pathname === '/') whenPainted(load);
else load();

function whenPainted(then: () => void): void {
  const observer = new PerformanceObserver((entries) => {
    if (entries.getEntriesByName('first-contentful-paint').length === 0) return;
    observer.disconnect();
    then();
  });
  observer.observe({ type: 'paint', buffered: true });
}
