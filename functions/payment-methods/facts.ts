/** What a payment copies of a payment method, and what may be shown of its card. */
import type { BillingDetails } from '../api/person.ts';
import type { CardSource, Instrument, MethodType, WalletClient, WalletType } from '../channels/port/instrument.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import type { TestRisk } from '../kernel/test-cards.ts';

/** The card as it may be shown: copied from the payment method when an attempt is made. */
export interface CardFacts {
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly funding: 'credit' | 'debit' | 'prepaid' | 'unknown';
  readonly country: string;
  readonly fingerprint: string;
}

/** A payment method as far as a payment needs it, whatever its type. */
interface Facts {
  readonly id: `pm_${string}`;
  readonly billing?: BillingDetails;
  /** The customer that it was attached to when it was used. */
  readonly customer?: ObjectKey;
  /** Its owner has confirmed that it may be charged later. */
  readonly setUp?: true;
}

/** A card has no stored type: version 0.1 knew nothing else. */
export interface CardMethodFacts extends Facts {
  readonly type?: undefined;
  readonly card: CardFacts;
  readonly source: CardSource;
  /** Test mode only: the risk level that the published test number stands for. */
  readonly testRisk?: TestRisk;
}

/** A wallet: its owner approves each payment there, so nothing is known of it before. */
export interface WalletMethodFacts extends Facts {
  readonly type: WalletType;
}

export type MethodFacts = CardMethodFacts | WalletMethodFacts;

export const isWallet = (method: { readonly type?: WalletType | undefined } | undefined): boolean =>
  method?.type !== undefined;

/** Stripe's name of the type. */
export const typeOf = ({ type }: { readonly type?: WalletType | undefined }): MethodType => type ?? 'card';

/** What a merchant says of the page or the statement of a wallet, and of where its payer is. */
export interface WalletWishes {
  readonly app_id?: string;
  readonly client?: WalletClient;
  readonly ip_address?: string;
  readonly openid?: string;
  readonly preferred_locale?: string;
  readonly reference?: string;
}

/** What the channel is asked to charge. */
export function instrumentOf(method: MethodFacts, wishes: WalletWishes = {}): Instrument {
  if (method.type === undefined) {
    const { source, card } = method;
    return source.kind === 'vault' ? { ...source, expiry: { expMonth: card.expMonth, expYear: card.expYear } } : source;
  }
  const { preferred_locale: locale, reference, client, app_id: appId, openid, ip_address: ipAddress } = wishes;
  return {
    kind: 'wallet',
    type: method.type,
    ...(locale !== undefined && { locale }),
    ...(reference !== undefined && { invoice: reference }),
    ...(client !== undefined && { client }),
    ...(appId !== undefined && { appId }),
    ...(openid !== undefined && { openid }),
    ...(ipAddress !== undefined && { ipAddress }),
  };
}
