// Joins the deltas of one read from the provider: at most one event between two switches of kind.
import type { DeltaKind, ModelEvent } from '../model-event.ts';
import { WellFormedText } from './well-formed.ts';

/** Collects deltas until they are taken, as well-formed text (each kind for itself). */
export class MergedDeltas {
  readonly #mending: Readonly<Record<DeltaKind, WellFormedText>> = {
    text: new WellFormedText(),
    reasoning: new WellFormedText(),
  };
  #events: ModelEvent[] = [];
  #kind: DeltaKind = 'text';
  #text = '';

  add(kind: DeltaKind, text: string): void {
    if (kind !== this.#kind) {
      this.#flush();
      this.#kind = kind;
    }
    this.#text += text;
  }

  /** Returns what was added since the last time; half a character at its end waits for the other half. */
  take(): ModelEvent[] {
    this.#flush();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Returns the halves that no other half has come for. */
  end(): ModelEvent[] {
    const events = this.take();
    for (const type of ['reasoning', 'text'] as const) {
      const text = this.#mending[type].end();
      if (text !== '') events.push({ type, text });
    }
    return events;
  }

  #flush(): void {
    if (this.#text === '') return;
    const text = this.#mending[this.#kind].push(this.#text);
    this.#text = '';
    if (text !== '') this.#events.push({ type: this.#kind, text });
  }
}
