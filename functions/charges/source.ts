/** What a charge without an intent is paid with: a token, a published test card, or a customer's payment method. */
import { ApiError, cardError, redacted, refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import { type Customer, customerId } from '../customers/customer.ts';
import { requestedCustomer } from '../customers/operations/reads.ts';
import { loadMethod } from '../payment-methods/method.ts';
import type { RequestedMethod } from '../payment-methods/requested-method.ts';
import { requestedSource } from '../payment-methods/requested-source.ts';
import { cardId } from '../payment-methods/source-card.ts';
import { type NamedSource, namedSource } from '../payment-methods/source-params.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import type { CreateChargeParams } from './params.ts';

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
  const { customer: whom } = call.params;
  const source = namedSource(call.params);
  const customer = whom === undefined ? undefined : await requestedCustomer(deps, call, whom);
  if (source && (typeof source.value === 'object' || !customer))
    return { requested: await anyMethod(deps, call, source), customer };
  const id = source?.value ?? defaultOf(customer);
  if (typeof id !== 'string' || !customer) throw noDefault();
  return { requested: await ownMethod(deps, call, customer, id, source?.param), customer };
}

/** The default source; of a customer without one, the default payment method. */
const defaultOf = (customer: Customer | undefined): string | undefined =>
  customer?.defaultSource === undefined ? customer?.defaultMethod : cardId(customer.defaultSource);

const noDefault = (): ApiError =>
  cardError('Cannot charge a customer that has no active card', { code: 'missing', param: 'card' });

/** A customer's charges are paid with the customer's own. */
async function ownMethod(
  deps: PaymentsDeps,
  { caller }: Asked,
  customer: Customer,
  id: string,
  param: NamedSource['param'] = 'source',
): Promise<RequestedMethod> {
  const record = await loadMethod(deps.table, caller.scope, id);
  if (record?.customer === customer.body) return { record };
  throw new ApiError(404, {
    type: 'invalid_request_error',
    code: 'missing',
    message: `Customer ${customerId(customer.body)} does not have a linked source with ID ${redacted(id)}.`,
    param,
  });
}

async function anyMethod(deps: PaymentsDeps, { caller }: Asked, source: NamedSource): Promise<RequestedMethod> {
  const requested = await requestedSource(deps, caller, source, deps.clock.nowMs());
  const { value: id, param } = source;
  if (typeof id !== 'string' || !('record' in requested)) return requested;
  const { record } = requested;
  if (record.type !== undefined) {
    throw refused(
      `A charge without a PaymentIntent is made with a card: confirm a PaymentIntent with the payment method ${id} of type ${record.type}.`,
      { param },
    );
  }
  if (record.customer === undefined) return requested;
  throw refused(
    `The payment method supplied (${id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter.`,
    { code: 'parameter_missing', param: 'customer' },
  );
}
