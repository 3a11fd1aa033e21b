/** The vault's port for payments: forward one authorization with a stored card. The card number never returns (I16). */
import type { AttemptOutcome, AuthorizeRequest } from '../../channels/port/port.ts';
import type { Scope } from '../../kernel/ids.ts';

export interface ForwardRequest {
  readonly scope: Scope;
  /** Names the account and the card (`instrument`), and instructs the channel. */
  readonly request: AuthorizeRequest;
  /** Another account follows where this one's channel does nothing: the security code stays for it, for seconds. */
  readonly keepsCode?: true;
}

export interface Vault {
  /**
   * Authorizes at the channel with the vaulted card of `request.instrument`, and deletes its security code, unless `keepsCode` says that another
   * attempt follows and the channel did nothing. Unknown when the vault did not respond.
   */
  forward(forward: ForwardRequest): Promise<AttemptOutcome>;
}
