// Plays paced replies: one timer for all, streams spread evenly over the interval, so that neither the timer nor a
// burst is what is measured. Short lags are caught up with; what an overloaded machine cannot send is left out, since
// catching up with it would only take longer and longer.
const tickMs = 5;
const longestCatchUp = 10;

/** Starts a timer that calls each joined function `rate` times a second, until it returns false. Returns the function that
 *  joins one; what that returns calls it off. */
export function pacerOf(rate: number): (play: () => boolean) => () => void {
  const slots = Array.from({ length: Math.max(1, Math.round(1000 / rate / tickMs)) }, () => new Set<() => boolean>());
  const began = performance.now();
  let ticks = 0;
  setInterval(() => {
    const due = Math.floor((performance.now() - began) / tickMs);
    for (ticks = Math.max(ticks, due - longestCatchUp); ticks < due; ticks++) {
      const slot = slots[ticks % slots.length];
      for (const play of slot ?? []) if (!play()) slot?.delete(play);
    }
  }, tickMs).unref();
  return (play) => {
    const slot = slots.reduce((least, one) => (one.size < least.size ? one : least));
    slot.add(play);
    return () => slot.delete(play);
  };
}
