// How often a page draws: growing text thirty times a second at the most, whatever the rate; everything else at once.
import type { AIStream } from './ai-stream.ts';

/** Two frames of a usual screen: nobody reads faster, and half the drawing is half the work (`npm run bench:browser`). */
const drawMs = 33;

/** Calls `onChange` soon after text has come, and at once after a change of the status. Gives back what ends that. */
export function listenByFrame(stream: AIStream, onChange: () => void): () => void {
  let { status } = stream.getState();
  let drawnAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    drawnAt = performance.now();
    onChange();
  };
  const unlisten = stream.listen(() => {
    const before = status;
    status = stream.getState().status;
    if (status !== before) tell();
    else timer ??= setTimeout(tell, drawnAt + drawMs - performance.now());
  });
  return () => {
    unlisten();
    clearTimeout(timer);
  };
}
