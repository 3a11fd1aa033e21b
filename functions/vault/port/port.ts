/** What payments may ask of the vault: forward one authorisation with the card it keeps. The card number never comes back (I16). */
import type { AttemptOutcome, AuthorizeRequest } from '../../channels/port/port.ts';
import type { Scope } from '../../kernel/ids.ts';

export interface ForwardRequest {
  readonly scope: Scope;
  readonly request: AuthorizeRequest;
}

export interface Vault {
  /** Authorises at the channel with the vaulted card of `request.card`; deletes the CVC after the first authorisation. Unknown when the vault could not be heard. */
  forward(forward: ForwardRequest): Promise<AttemptOutcome>;
}
