/** What each channel can do, by its name: for functions that show it and send nothing. Its client (`registry.ts`) says the same. */
import { known } from './port/by-name.ts';
import type { Capabilities } from './port/capabilities.ts';
import { CAPABILITIES } from './sandbox/capabilities.ts';

const BY_NAME: Readonly<Record<string, Capabilities>> = { sandbox: CAPABILITIES };

/** Throws for a name that is no channel. */
export const capabilitiesOfChannel = (name: string): Capabilities => known(BY_NAME, name);
