// How often a page draws: growing text once a frame, whatever the rate; everything else at once.
import type { AIStream } from './ai-stream.ts';

const withoutFrameMs = 100;

/** Calls `onChange` at the next frame after text has come, or soon where no frame comes, as in a hidden page; and at once
 *  after a change of the status. Gives back what ends that. */
export function listenByFrame(stream: AIStream, onChange: () => void): () => void {
  let { status } = stream.getState();
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const callOff = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = undefined;
  };
  const tell = () => {
    callOff();
    onChange();
  };
  const unlisten = stream.listen(() => {
    const before = status;
    status = stream.getState().status;
    if (status !== before) return tell();
    if (timer !== undefined) return;
    timer = setTimeout(tell, withoutFrameMs);
    frame = requestAnimationFrame(tell);
  });
  return () => {
    unlisten();
    callOff();
  };
}
