// Calls back at the next frame, or soon where no frame comes: a hidden page, a browser without frames.

const withoutFrameMs = 100;

/** Calls `run` once; gives back what calls it off. */
export function onNextFrame(run: () => void): () => void {
  const hasFrames = typeof requestAnimationFrame === 'function';
  const callOff = () => {
    clearTimeout(timer);
    if (hasFrames) cancelAnimationFrame(frame);
  };
  const runOnce = () => {
    callOff();
    run();
  };
  const timer = setTimeout(runOnce, withoutFrameMs);
  const frame = hasFrames ? requestAnimationFrame(runOnce) : 0;
  return callOff;
}
