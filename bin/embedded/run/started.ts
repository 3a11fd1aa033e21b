/** Parts of a stack that have to be stopped, in the opposite order of their starts. */

export class Started {
  private readonly stops: (() => Promise<unknown>)[] = [];
  private stopped: Promise<void> | undefined;

  add(stop: () => Promise<unknown>): void {
    this.stops.unshift(stop);
  }

  /** Stops all of them, once. A part that does not stop does not keep the others. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const stop of this.stops) await stop().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, 'the stack did not stop in order');
  }
}
