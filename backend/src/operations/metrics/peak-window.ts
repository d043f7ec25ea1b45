// The greatest value of the last minute. Reading it changes nothing, so that any number of scrapers see the same.

/** Sizes of the window. */
interface Window {
  readonly slotMs: number;
  readonly slots: number;
}

/** The window that the metrics use: one minute, as long as the default interval of Prometheus. */
const lastMinute: Window = { slotMs: 5_000, slots: 12 };

/** Keeps the peaks of the last slots of time. Its timer does not keep the process alive; its owner stops it. */
export class PeakWindow {
  /** The peaks of the completed slots, oldest first. */
  readonly #peaks: number[] = [];
  readonly #takePeak: () => number;
  readonly #window: Window;
  readonly #timer: NodeJS.Timeout;
  /** The peak of the present slot, as far as it has been taken. */
  #present = 0;

  /** `takePeak` returns the greatest value since its last call. */
  constructor(takePeak: () => number, window = lastMinute) {
    this.#takePeak = takePeak;
    this.#window = window;
    this.#timer = setInterval(() => this.#closeSlot(), window.slotMs).unref();
  }

  /** Returns the greatest value of the window and of the present slot. */
  read(): number {
    this.#update();
    return Math.max(this.#present, ...this.#peaks);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #update(): void {
    this.#present = Math.max(this.#present, this.#takePeak());
  }

  #closeSlot(): void {
    this.#update();
    this.#peaks.push(this.#present);
    if (this.#peaks.length > this.#window.slots) this.#peaks.shift();
    this.#present = 0;
  }
}
