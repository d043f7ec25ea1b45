// Detects that an operation takes longer than expected.
import { useEffect, useState } from 'react';

/** Whether `isPending` has been true for `patienceMs` without interruption. */
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
