/** What hardly ever changes and every request asks for: kept for seconds. */
import type { Clock } from './clock.ts';

/** What a new or revoked key or a changed setting may take to be seen everywhere. */
export const CACHE_MS = 5_000;
/** Names in the cache: existing ones, and separately missing ones. Random names from attackers must not evict existing ones. */
export const MOST_REMEMBERED = 1_000;

export interface Remembered<T> {
  (name: string): Promise<T>;
  /** Whether this container has found the name before, however long ago. */
  readonly hasFound: (name: string) => boolean;
}

/** `load`, remembered per name for `CACHE_MS`, also that there is nothing of that name. */
export function remembered<T>(clock: Clock, load: (name: string) => Promise<T>): Remembered<T> {
  const found = new Map<string, { readonly value: T; readonly untilMs: number }>();
  const missing: typeof found = new Map();
  const read = async (name: string): Promise<T> => {
    const hit = found.get(name) ?? missing.get(name);
    if (hit && hit.untilMs > clock.nowMs()) return hit.value;
    const value = await load(name);
    const kept = value === undefined ? missing : found;
    if (kept.size >= MOST_REMEMBERED && !kept.has(name)) kept.clear();
    kept.set(name, { value, untilMs: clock.nowMs() + CACHE_MS });
    if (value === undefined) found.delete(name);
    return value;
  };
  return Object.assign(read, { hasFound: (name: string) => found.has(name) });
}
