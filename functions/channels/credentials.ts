/** The schema of the credentials of each channel, by its name: for the function that adds accounts. */
import { known } from './port/by-name.ts';
import type { CredentialSchema } from './port/credentials.ts';
import { sandboxCredentials } from './sandbox/credentials.ts';

const BY_NAME: Readonly<Record<string, CredentialSchema>> = { sandbox: sandboxCredentials };

/** Throws for a name that is no channel. */
export const credentialsOf = (name: string): CredentialSchema => known(BY_NAME, name);
