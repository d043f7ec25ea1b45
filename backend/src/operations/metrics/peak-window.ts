// The greatest value of the last minute. Reading it changes nothing, so that any number of scrapers see the same.

/** Sizes of the window. */
interface Window {
  readonly slotMs: number;
  readonly slots: number;
}

/** The window that the metrics use: one minute, as long as the default interval of Prometheus. */
const lastMinute: Window = { slotMs: 5_000, slots: 12 };

/** Measures until it is reset. A reset may lose a value that is being measured, so it is not done by reads. */
interface PeakSource {
  peak(): number;
  reset(): void;
}

/** Keeps the peaks of the last slots of time. Its timer does not keep the process alive; its owner stops it. */
export class PeakWindow {
  /** The peaks of the completed slots, oldest first. */
  readonly #peaks: number[] = [];
  readonly #source: PeakSource;
  readonly #window: Window;
  readonly #timer: NodeJS.Timeout;

  constructor(source: PeakSource, window = lastMinute) {
    this.#source = source;
    this.#window = window;
    this.#timer = setInterval(() => this.#closeSlot(), window.slotMs).unref();
  }

  /** Returns the greatest value of the window and of the present slot. */
  read(): number {
    return Math.max(this.#source.peak(), ...this.#peaks);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #closeSlot(): void {
    this.#peaks.push(this.#source.peak());
    this.#source.reset();
    if (this.#peaks.length > this.#window.slots) this.#peaks.shift();
  }
}
