/** What each channel can do, by its name: for functions that show it and send nothing. Its client (`registry.ts`) says the same. */
import type { Capabilities } from './port/capabilities.ts';
import { CAPABILITIES } from './sandbox/capabilities.ts';

const BY_NAME: Readonly<Record<string, Capabilities>> = { sandbox: CAPABILITIES };

/** Throws for a name that is no channel. */
export function capabilitiesOfChannel(name: string): Capabilities {
  const found = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (found === undefined) throw new Error(`there is no channel ${name}`);
  return found;
}
