// Render throttling: growing text renders at most thirty times a second, any other change at once.

/** Minimum time between two renders of growing text: two frames at 60 Hz, which halves the rendering cost (`npm run
 *  bench:browser`). */
const drawMs = 33;

/** Calls `onChange` within a frame after a change that only grows the text (`isGrowth`), and immediately after any
 *  other change. Returns a function that unsubscribes. */
export function subscribeByFrame<State>(
  { getState, subscribe }: { getState(): State; subscribe(listener: () => void): () => void },
  isGrowth: (before: State, after: State) => boolean,
  onChange: () => void,
): () => void {
  let drawn = getState();
  let drawnAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    clearTimeout(timer);
    timer = undefined;
    drawn = getState();
    drawnAt = performance.now();
    onChange();
  };
  const unsubscribe = subscribe(() => {
    if (isGrowth(drawn, getState())) timer ??= setTimeout(draw, drawnAt + drawMs - performance.now());
    else draw();
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}
