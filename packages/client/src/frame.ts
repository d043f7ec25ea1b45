// How often a page draws: growing text thirty times a second at the most, whatever the rate; everything else at once.

/** Two frames of a usual screen: nobody reads faster, and half the drawing is half the work (`npm run bench:browser`). */
const drawMs = 33;

/** Calls `onChange` soon after a change that `isGrowth` says is but growing text, and at once after any other. Gives back
 *  what ends that. */
export function subscribeByFrame<State>(
  { getState, listen }: { getState(): State; listen(listener: () => void): () => void },
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
  const unlisten = listen(() => {
    if (isGrowth(drawn, getState())) timer ??= setTimeout(draw, drawnAt + drawMs - performance.now());
    else draw();
  });
  return () => {
    unlisten();
    clearTimeout(timer);
  };
}
