// Apart from page.ts, because one page does without React.
import { createElement, type FunctionComponent } from 'react';
import { createRoot } from 'react-dom/client';

/** Shows a component. */
export function mount(component: FunctionComponent): void {
  const root = document.getElementById('root');
  if (root) createRoot(root).render(createElement(component));
}
