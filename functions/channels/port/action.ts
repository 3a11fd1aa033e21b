/** What a payer has to do before a channel decides: data that a page, an app or a phone's camera understands. */

interface Expiring {
  /** Until when it can be paid, ms. Absent: the channel does not say. */
  readonly expiresMs?: number;
}

export type NextAction =
  /** The payer's browser goes to `url`. */
  | ({ readonly kind: 'redirect'; readonly url: string } & Expiring)
  /** The payer's browser posts a form with these fields to `url`. */
  | ({ readonly kind: 'form'; readonly url: string; readonly fields: Readonly<Record<string, string>> } & Expiring)
  /** The payer's phone scans a code that holds `data`. `url` is a page of the channel that shows it, where there is one. */
  | ({ readonly kind: 'qr_code'; readonly data: string; readonly url?: string } & Expiring)
  /**
   * The merchant's app starts the wallet with these parameters. Stripe's wire shows those of its own: `native_data` or `native_url` for Alipay, and for
   * WeChat Pay `native_url`, or `app_id`, `nonce_str`, `package`, `partner_id`, `prepay_id`, `sign` and `timestamp`. Inside WeChat, `pay_sign` and `sign_type` are in
   * the place of `partner_id`, `prepay_id` and `sign`.
   */
  | ({ readonly kind: 'app'; readonly parameters: Readonly<Record<string, string>> } & Expiring)
  /** The payer pays elsewhere with these facts: a number, an account. Stripe's wire has nothing for it with the types that are taken here. */
  | ({ readonly kind: 'display'; readonly facts: Readonly<Record<string, string>> } & Expiring);
