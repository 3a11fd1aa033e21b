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
    };
