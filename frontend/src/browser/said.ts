// Short confirmations for screen readers, from anywhere on the page to its one live region.

const saidEvent = 'sillage:said';

/** Announces a text. */
export function say(text: string): void {
  window.dispatchEvent(new CustomEvent(saidEvent, { detail: text }));
}

/** Calls `listener` with each announced text; returns a function that unsubscribes. */
export function subscribeToSaid(listener: (text: string) => void): () => void {
  const hear = (event: Event) => listener(String((event as CustomEvent).detail));
  window.addEventListener(saidEvent, hear);
  return () => window.removeEventListener(saidEvent, hear);
}
