/** Metadata after a change of it, without the schema's weight: also those who only learn outcomes carry one out. */

/** The pairs after the change, name by name: an empty value takes one away, an empty string all. */
export function mergedMetadata(
  current: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>> | '',
): Readonly<Record<string, string>> {
  if (change === '') return {};
  return Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== ''));
}
