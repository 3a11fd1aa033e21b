/** The vault's port for payments: forward one authorization with a stored card. The card number never returns (I16). */
import type { AttemptOutcome, AuthorizeRequest } from '../../channels/port/port.ts';
import type { Scope } from '../../kernel/ids.ts';

export interface ForwardRequest {
  readonly scope: Scope;
  readonly request: AuthorizeRequest;
}

export interface Vault {
  /** Authorizes at the channel with the vaulted card of `request.instrument`; deletes the CVC after the first authorization. Unknown when the vault did not respond. */
  forward(forward: ForwardRequest): Promise<AttemptOutcome>;
}
