// How often a page renders: growing text at most thirty times a second, everything else at once.

/** Two frames of a 60 Hz screen: nobody reads faster, and half the renders cost half (`npm run bench:browser`). */
const drawMs = 33;

/** Calls `onChange` within a frame after a change that only grows the text (`isGrowth`), and at once after any other.
 *  Returns a function that ends this. */
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
