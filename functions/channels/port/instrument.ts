/** What pays: the part of a payment method that a channel needs. */

/** A card as the channel may see it: by the vault's reference, or one of the published test ids (test mode). */
export type CardSource =
  | { readonly kind: 'vault'; readonly paymentMethod: string }
  | { readonly kind: 'test'; readonly token: string };

/** Until when a card is good. No secret. */
export interface Expiry {
  readonly expMonth: number;
  readonly expYear: number;
}

/** Wallets that a payer may pay with, in Stripe's names. */
export const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
export type WalletType = (typeof WALLETS)[number];

/** Every type that a payment may be paid with, in Stripe's names. */
export const METHOD_TYPES = ['card', ...WALLETS] as const;
export type MethodType = (typeof METHOD_TYPES)[number];

/**
 * Where the payer approves a payment by wallet, in Stripe's names of clients and one of the same kind that Stripe lacks (`mobile_web`). web: a computer, beside which a
 * phone scans a code, or a browser of any kind. mobile_web: the browser of a phone, which opens the wallet's app. ios, android: an app of the merchant.
 * mini_program: a page or mini program inside the wallet.
 */
export const WALLET_CLIENTS = ['web', 'mobile_web', 'ios', 'android', 'mini_program'] as const;
export type WalletClient = (typeof WALLET_CLIENTS)[number];

/** What pays: a card, or a wallet at which its owner approves the payment. */
export type Instrument =
  | CardSource
  | (Extract<CardSource, { kind: 'vault' }> & {
      /** As the merchant knows it now. The vault has the one that the card came with; absent in requests of version 0.1. */
      readonly expiry: Expiry;
    })
  | {
      readonly kind: 'wallet';
      readonly type: WalletType;
      /** Language of the wallet's page (BCP 47), and the merchant's number of the sale for the payer's list of payments: where the wallet has them. */
      readonly locale?: string;
      readonly invoice?: string;
      /** Absent: `web`. */
      readonly client?: WalletClient;
      /** The merchant's app or mini program, as the wallet has registered it. */
      readonly appId?: string;
      /** The payer at that app, as the wallet names them. */
      readonly openid?: string;
      /** The payer's address on the network, IPv4 or IPv6. */
      readonly ipAddress?: string;
    };
