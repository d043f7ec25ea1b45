// Notices that something takes longer than a person expects.
import { useEffect, useState } from 'react';

/** Says whether `isPending` has been true for `patienceMs` without a break. */
export function useLate(isPending: boolean, patienceMs = 6_000): boolean {
  const [isLate, setLate] = useState(false);

  useEffect(() => {
    if (!isPending) return;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isPending, patienceMs]);

  return isLate;
}
