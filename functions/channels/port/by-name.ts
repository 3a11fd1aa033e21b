/** What there is of each channel, by its name. */

/** Undefined for a name that is no channel. */
export const named = <T>(by: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(by, name) ? by[name] : undefined;

/** Throws for a name that is no channel. */
export function known<T>(by: Readonly<Record<string, T>>, name: string): T {
  const found = named(by, name);
  if (found === undefined) throw new Error(`there is no channel ${name}`);
  return found;
}
