/** What hardly ever changes and every request asks for: kept for seconds. */
import type { Clock } from './clock.ts';

/** What a revoked key or a changed setting may take to be seen everywhere. */
export const CACHE_MS = 5_000;

/** `load`, remembered per name for `CACHE_MS`. What was not found is asked again: a key works as soon as it is made. */
export function remembered<T>(clock: Clock, load: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const found = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return async (name) => {
    const hit = found.get(name);
    if (hit && hit.untilMs > clock.nowMs()) return hit.value;
    const value = await load(name);
    if (found.size > 1_000) found.clear();
    if (value !== undefined) found.set(name, { value, untilMs: clock.nowMs() + CACHE_MS });
    return value;
  };
}
