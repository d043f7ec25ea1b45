// Starts the chat page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import './styles/index.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html holds no element #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
