/** The errors of Stripe's API, as the simulator answers them (docs.stripe.com/api/errors). */

export interface ErrorMembers {
  readonly type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly [member: string]: unknown;
}

/** An answer that is no object. `kept`: Stripe stores it under the idempotency key, for the request was carried out. */
export class StripeRefusal extends Error {
  override readonly name = 'StripeRefusal';
  readonly status: number;
  readonly members: ErrorMembers;
  readonly kept: boolean;
  constructor(status: number, members: ErrorMembers, kept: boolean) {
    super(members.message);
    this.status = status;
    this.members = members;
    this.kept = kept;
  }
}

/** The parameters are wrong: nothing was begun. */
export const invalid = (message: string, more: Partial<ErrorMembers> = {}): StripeRefusal =>
  new StripeRefusal(400, { type: 'invalid_request_error', message, ...more }, false);

/** The state of the object refuses the request. */
export const refused = (message: string, more: Partial<ErrorMembers> = {}): StripeRefusal =>
  new StripeRefusal(400, { type: 'invalid_request_error', message, ...more }, true);

export const missing = (kind: string, id: string, param: string): StripeRefusal =>
  new StripeRefusal(
    404,
    { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${kind}: '${id}'`, param },
    true,
  );

/** The card was declined. */
export const cardError = (members: Omit<ErrorMembers, 'type'> & { readonly message: string }): StripeRefusal =>
  new StripeRefusal(402, { ...members, type: 'card_error' }, true);
