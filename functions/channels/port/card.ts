/** A card in clear: exists only in the vault function's memory (I16), which alone calls a channel with it. */
import type { Channel } from './channel.ts';
import type { AttemptOutcome, AuthorizeRequest } from './port.ts';

export interface ClearCard {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly cvc?: string;
}

/** A channel that takes cards. `authorize` of the port takes published test ids; this takes the vault's cards. */
export interface CardChannel extends Channel {
  authorizeCard(request: AuthorizeRequest, card: ClearCard): Promise<AttemptOutcome>;
}

/** The channel as one that takes cards. @throws for a channel that takes none: routing sends no card there */
export function withCards(name: string, channel: Channel): CardChannel {
  if (!('authorizeCard' in channel)) throw new Error(`the channel ${name} takes no cards`);
  return channel as CardChannel;
}
