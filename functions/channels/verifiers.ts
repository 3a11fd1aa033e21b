/** How each channel calls back, by its name: signatures only, so the function behind the callbacks holds all of them and no client. */
import { named } from './port/by-name.ts';
import type { Callbacks } from './port/callback.ts';
import { sandboxCallbacks } from './sandbox/callback.ts';

const BY_NAME: Readonly<Record<string, Callbacks>> = { sandbox: sandboxCallbacks };

/** How a channel calls back, or undefined when there is no such channel. */
export const callbacksOf = (name: string): Callbacks | undefined => named(BY_NAME, name);
