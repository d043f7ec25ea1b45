// Today, for a page that stays open over midnight.
import { useEffect, useState } from 'react';

/** Gives a moment of today; a new one once another day has begun. */
export function useToday(): Date {
  const [today, setToday] = useState(() => new Date());

  useEffect(() => {
    const check = () => setToday((known) => (new Date().toDateString() === known.toDateString() ? known : new Date()));
    const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
    const timer = setTimeout(check, midnight.getTime() - Date.now() + 1_000);
    document.addEventListener('visibilitychange', check); // timers stand still while a laptop sleeps
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', check);
    };
  }, [today]);

  return today;
}
