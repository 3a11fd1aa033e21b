/** Backpressure: requests wait while the consumers are behind, so that they get their share of the thread. */

/** A request that waited so long goes on, because its client waits too. */
const LONGEST_MS = 10_000;

interface Waiting {
  readonly go: () => void;
  readonly timer: NodeJS.Timeout;
}

export class Gate {
  private readonly waiting = new Set<Waiting>();
  private readonly room: () => number;

  /** `room`: how many requests may go on now. */
  constructor(room: () => number) {
    this.room = room;
  }

  /** Resolves when a request may go on; in order of arrival. */
  async accept(): Promise<void> {
    if (this.waiting.size === 0 && this.room() > 0) return;
    await new Promise<void>((resolve) => {
      const one: Waiting = {
        go: () => {
          clearTimeout(one.timer);
          this.waiting.delete(one);
          resolve();
        },
        timer: setTimeout(() => one.go(), LONGEST_MS),
      };
      this.waiting.add(one);
    });
  }

  /** The consumers have moved on. */
  open(): void {
    if (this.waiting.size === 0) return;
    let room = this.room();
    for (const one of this.waiting) {
      if (room-- <= 0) return;
      one.go();
    }
  }

  /** Lets all go on. */
  release(): void {
    for (const one of this.waiting) one.go();
  }
}
