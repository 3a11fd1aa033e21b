/** Work side by side within a bound of bytes: a small function's memory holds many ordinary objects, or one of the largest. */

/** Runs the work once its bytes fit, in the order of asking. `waited`: what was read before may be old by now. */
export type Bounded = <T>(bytes: number, work: (waited: boolean) => Promise<T>) => Promise<T>;

/** At most so many bytes at a time; what alone is more runs alone. */
export function bounded(most: number): Bounded {
  let held = 0;
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  const fits = (bytes: number): boolean => held === 0 || held + bytes <= most;
  const startWaiting = (): void => {
    for (let first = waiting[0]; first && fits(first.bytes); first = waiting[0]) {
      waiting.shift();
      held += first.bytes;
      first.start();
    }
  };
  return async (bytes, work) => {
    const waits = waiting.length > 0 || !fits(bytes);
    if (waits) await new Promise<void>((start) => waiting.push({ bytes, start }));
    else held += bytes;
    try {
      return await work(waits);
    } finally {
      held -= bytes;
      startWaiting();
    }
  };
}
