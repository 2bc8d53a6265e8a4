/**
 * Draws a little in each frame, so that none is late however much there is to be drawn.
 */

/** As long may be drawn in a frame, of the 16.7 ms that one of 60 a second has for everything. */
const FRAME_MS = 6;

/** What is drawn once. */
export interface IDrawable {
  draw(): void;
}

/** What waits to be drawn: first what is in sight, the rest when the browser has nothing to do. */
export class Drawing<T extends IDrawable> {
  constructor(private readonly _clock: IDrawingClock = browserClock) {}

  /** Draw it before long. */
  add(view: T): void {
    this._waiting.add(view);
    this._schedule();
  }

  /** Draw it no more. */
  remove(view: T): void {
    this._waiting.delete(view);
    this._inSight.delete(view);
  }

  /** Say whether it is in sight, or will soon be. */
  see(view: T, isInSight: boolean): void {
    if (isInSight) {
      this._inSight.add(view);
    } else {
      this._inSight.delete(view);
    }
    this._schedule();
  }

  dispose(): void {
    this._waiting.clear();
    this._inSight.clear();
    this._cancel?.();
    this._cancel = null;
  }

  private _schedule(): void {
    const next = this._next();
    if (!next) {
      return;
    }
    const isUrgent = this._inSight.has(next);
    if (this._cancel && (this._isUrgent || !isUrgent)) {
      return;
    }
    this._cancel?.();
    this._isUrgent = isUrgent;
    const step = (leftMs: () => number): void => this._step(leftMs);
    this._cancel = isUrgent ? this._clock.onFrame(step) : this._clock.onIdle(step);
  }

  private _step(leftMs: () => number): void {
    this._cancel = null;
    let tookMs = 0;
    try {
      do {
        const next = this._next();
        if (!next) {
          return;
        }
        const beforeMs = leftMs();
        this._waiting.delete(next);
        next.draw();
        tookMs = beforeMs - leftMs();
        // Another one takes about as long.
      } while (leftMs() > tookMs);
    } finally {
      this._schedule();
    }
  }

  private _next(): T | undefined {
    for (const view of this._inSight) {
      if (this._waiting.has(view)) {
        return view;
      }
    }
    return this._waiting.values().next().value;
  }

  private readonly _waiting = new Set<T>();
  private readonly _inSight = new Set<T>();
  private _cancel: (() => void) | null = null;
  private _isUrgent = false;
}

/** When there is time to draw; a step is told how much of it is left. The result calls it off. */
export interface IDrawingClock {
  onFrame(step: (leftMs: () => number) => void): () => void;
  onIdle(step: (leftMs: () => number) => void): () => void;
}

const browserClock: IDrawingClock = {
  onFrame: step => {
    const id = requestAnimationFrame(() => {
      const end = performance.now() + FRAME_MS;
      step(() => end - performance.now());
    });
    return () => cancelAnimationFrame(id);
  },
  onIdle: step => {
    // Safari has none.
    if (typeof requestIdleCallback !== 'function') {
      return browserClock.onFrame(step);
    }
    const id = requestIdleCallback(deadline => step(() => deadline.timeRemaining()));
    return () => cancelIdleCallback(id);
  }
};
