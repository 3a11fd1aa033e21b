/** What a charge without an intent is paid with: a token, a published test card, or a customer's payment method. */
import { ApiError, cardError, noSuchReference, redacted, refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import { type Customer, customerId } from '../customers/customer.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import { isTestToken, loadMethod } from '../payment-methods/method.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { cardNumberRefused } from '../payments/params.ts';
import { type RequestedMethod, tokenMethod } from '../payments/resolve-payment-method.ts';
import { checkCvc } from '../vault/cvc.ts';
import { checkExpiry, fourDigits } from '../vault/expiry.ts';
import { type CreateChargeParams, typedTestCard } from './params.ts';

type Asked = Omit<Call<CreateChargeParams>, 'lock'>;

export interface ChargeSource {
  readonly requested: RequestedMethod;
  readonly customer: Customer | undefined;
}

/**
 * The payment method of a charge, and whose it is. Without a source it is the customer's default one.
 * @throws 400 resource_missing, parameter_missing; 402 missing; 404 missing for a source that is not the customer's
 */
export async function chargeSource(deps: PaymentsDeps, call: Asked): Promise<ChargeSource> {
  const { source, customer: whom } = call.params;
  const customer = whom === undefined ? undefined : await requestedCustomer(deps, call, whom);
  if (typeof source === 'object') return { requested: testCard(deps, call, source), customer };
  const id = source ?? customer?.defaultMethod;
  if (id === undefined) throw noDefault();
  const requested = customer ? await ownMethod(deps, call, customer, id) : await anyMethod(deps, call, id);
  return { requested, customer };
}

const noDefault = (): ApiError =>
  cardError(
    "This Customer doesn't have any saved payment details. Attach a PaymentMethod and make it the customer's invoice_settings[default_payment_method], or name a source.",
    { code: 'missing', param: 'card' },
  );

/** A customer's charges are paid with the customer's own. */
async function ownMethod(
  deps: PaymentsDeps,
  { caller }: Asked,
  customer: Customer,
  id: string,
): Promise<RequestedMethod> {
  const record = await loadMethod(deps.table, caller.scope, id);
  if (record?.customer === customer.body) return { record };
  throw new ApiError(404, {
    type: 'invalid_request_error',
    code: 'missing',
    message: `Customer ${customerId(customer.body)} does not have a linked source with ID ${redacted(id)}.`,
    param: 'source',
  });
}

async function anyMethod(deps: PaymentsDeps, { caller }: Asked, id: string): Promise<RequestedMethod> {
  if (id.startsWith('tok_') || (!caller.livemode && isTestToken(id))) return tokenMethod(deps, caller, id, 'source');
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('source', id, 'source');
  if (record.type !== undefined) {
    throw refused(
      `A charge without a PaymentIntent is made with a card: confirm a PaymentIntent with the payment method ${id} of type ${record.type}.`,
      { param: 'source' },
    );
  }
  if (record.customer === undefined) return { record };
  throw refused(
    `The payment method supplied (${id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter.`,
    { code: 'parameter_missing', param: 'customer' },
  );
}

/** A published test number is no secret, and stands for its test card in test mode. @throws 402 invalid_expiry_month, invalid_expiry_year, invalid_cvc */
function testCard(deps: PaymentsDeps, { caller }: Asked, source: Readonly<Record<string, unknown>>): RequestedMethod {
  if (caller.livemode) throw cardNumberRefused('source[number]');
  const { card, expMonth, expYear, cvc, name, address } = typedTestCard(source);
  const year = fourDigits(expYear);
  checkExpiry(expMonth, year, new Date(deps.clock.nowMs()));
  checkCvc(card.brand, cvc);
  const billing = billingOf({ name, address });
  return { token: card.token, details: { expiry: { expMonth, expYear: year }, ...(billing && { billing }) } };
}
