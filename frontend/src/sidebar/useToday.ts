// The current date, for a page that stays open past midnight.
import { useEffect, useState } from 'react';

/** Returns a time within the current day; it changes when another day begins. */
export function useToday(): Date {
  const [today, setToday] = useState(() => new Date());

  useEffect(() => {
    const check = () => setToday((known) => (new Date().toDateString() === known.toDateString() ? known : new Date()));
    const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
    const timer = setTimeout(check, midnight.getTime() - Date.now() + 1_000);
    document.addEventListener('visibilitychange', check); // timers are suspended while a laptop sleeps
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', check);
    };
  }, [today]);

  return today;
}
