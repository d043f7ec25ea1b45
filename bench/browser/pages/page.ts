// Shared by every page of the bench: the text element, the counters, and the runner's start function.
import { routes } from '@sillage/protocol';

declare global {
  interface Window {
    /** Read by the runner. It calls `start` once, when the page is idle. */
    bench: { renders: number; longestTaskMs: number; isDone: boolean; start: (message: string) => void };
  }
}

window.bench = { renders: 0, longestTaskMs: 0, isDone: false, start: () => {} };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    window.bench.longestTaskMs = Math.max(window.bench.longestTaskMs, duration);
  }
}).observe({ type: 'longtask' });

/** Sets the function that starts the page. A component calls it in an effect. */
export function startsWith(start: (message: string) => void): void {
  window.bench.start = start;
}

/** Counts one render. */
export function rendered(): void {
  window.bench.renders++;
}

/** Marks the reply as ended two frames later, when the last render is on the screen. */
export function done(): void {
  const shown = () => {
    window.bench.isDone = true;
  };
  requestAnimationFrame(() => requestAnimationFrame(shown));
}

/** Reads Sillage's frames without a client library and calls `onText` for the text of each frame. */
export async function readPlainly(message: string, onText: (text: string) => void): Promise<void> {
  const response = await fetch(routes.stream, { method: 'POST', body: JSON.stringify({ message }) });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const frames = (rest + read.value).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const at = frame.indexOf('data: ');
      const content = at < 0 ? undefined : JSON.parse(frame.slice(at + 6)).content;
      if (content) onText(content);
    }
  }
  done();
}
