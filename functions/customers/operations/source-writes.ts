/** Sources of a customer: create, update and delete. Each is a payment method of a card, so that both interfaces show and change the same cards. */
import { assertOneOf } from '../../api/errors.ts';
import { lockedOut, racesLost } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { changedMetadata, noParams } from '../../api/params.ts';
import { billingAfter, givenOf } from '../../api/person.ts';
import { detachment } from '../../payment-methods/attachment.ts';
import { checkExpiry, fourDigits } from '../../payment-methods/expiry.ts';
import type { CardRecord } from '../../payment-methods/method.ts';
import type { RequestedMethod } from '../../payment-methods/requested-method.ts';
import { requestedSource } from '../../payment-methods/requested-source.ts';
import { cardId } from '../../payment-methods/source-card.ts';
import { assertSource, namedSource } from '../../payment-methods/source-params.ts';
import { writeMethod } from '../../payment-methods/store.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../../table/commit.ts';
import { nextRecord, requestOf } from '../../table/record.ts';
import type { Customer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { customerWrites } from '../store.ts';
import { earlierSource, lostTo, newSource } from './new-source.ts';
import { type CreateSourceParams, createSourceParams, type UpdateSourceParams, updateSourceParams } from './params.ts';
import { loadActive } from './reads.ts';
import { answerSource, loadSource, type Owned, SOURCE_LISTS } from './sources.ts';

interface Asked {
  readonly customer: Customer;
  readonly requested: RequestedMethod;
}

/**
 * Attaches a card to the customer. The first source of a customer is the default one. Each source writes the customer's next version: a deletion of
 * the default one that has not seen this card then conflicts, and chooses its successor again.
 * @throws 400 resource_missing, token_already_used, payment_method_unexpected_state; 402 when the card cannot be attached; 429 lock_timeout
 * @see https://docs.stripe.com/api/cards/create
 */
async function create(deps: CustomersDeps, call: Call<CreateSourceParams>, asked: Asked): Promise<Reply> {
  const { requested } = asked;
  let { customer } = asked;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const { record, writes } = newSource(call, requested, customer.body, nowMs, call.params.metadata);
    if (!writes.method) return answerSource(record);
    const after = withDefault(customer, record, nowMs, call);
    const conflict = await commitNamed(deps.table, { ...writes, customer: customerWrites(customer, after) });
    if (!conflict) return answerSource(record);
    if (conflict.on === 'customer') {
      // Deleted meanwhile, or another request changed it or its sources.
      customer = await loadActive(deps, call);
      return LOST;
    }
    // An earlier try of this request made it.
    const made = await earlierSource(deps.table, call, customer.body);
    if (made) return answerSource(made);
    throw lostTo(conflict.on, call.params);
  }, racesLost);
}

const withDefault = (customer: Customer, { body }: CardRecord, nowMs: number, call: Call): Customer =>
  nextRecord<Customer>(customer, nowMs, { defaultSource: customer.defaultSource ?? body }, requestOf(call));

/**
 * Changes the holder's details, the expiry, which the next payment sends to the channel, and the metadata.
 * @throws 402 invalid_expiry_month, invalid_expiry_year; 429 lock_timeout
 * @see https://docs.stripe.com/api/cards/update
 */
async function update(deps: CustomersDeps, call: Call<UpdateSourceParams>, { record }: Owned): Promise<Reply> {
  const { params } = call;
  const nowMs = deps.clock.nowMs();
  const { exp_month: month, exp_year: year, name, metadata } = params;
  const expMonth = month === undefined ? record.card.expMonth : Number(month);
  const expYear = year === undefined ? record.card.expYear : fourDigits(Number(year));
  // A card that has expired is still the customer's: only a new day is judged.
  if (month !== undefined || year !== undefined) checkExpiry(expMonth, expYear, new Date(nowMs));
  const { billing: known, ...kept } = record;
  const address = givenOf({
    city: params.address_city,
    country: params.address_country,
    line1: params.address_line1,
    line2: params.address_line2,
    postal_code: params.address_zip,
    state: params.address_state,
  });
  const billing = billingAfter(known, { name, ...(Object.keys(address).length > 0 && { address }) });
  const after = nextRecord<CardRecord>(
    { ...kept, ...(billing && { billing }) },
    nowMs,
    {
      card: { ...record.card, expMonth, expYear },
      changedAsSource: true,
      ...(metadata !== undefined && { metadata: changedMetadata(record.metadata, metadata) }),
    },
    requestOf(call),
  );
  await deps.table.commit(writeMethod(record, after)).catch(lockedOut);
  return answerSource(after);
}

/**
 * Takes a card from its customer, for good. Where it was the default source, the newest of the others is.
 * @throws 404 resource_missing, also when another request was first; 429 lock_timeout
 * @see https://docs.stripe.com/api/cards/delete
 */
async function remove(deps: CustomersDeps, call: Call, owned: Owned): Promise<Reply> {
  let { record } = owned;
  return retryRaces(async () => {
    const { writes } = await detachment(deps.table, record, deps.clock.nowMs(), requestOf(call));
    if (await tryCommit(deps.table, ...writes))
      return { status: 200, body: { id: cardId(record.body), object: 'card', deleted: true } };
    ({ record } = await loadSource(deps, call));
    return LOST;
  }, racesLost);
}

/** @throws 400 parameter_missing, parameters_exclusive, and what `assertSource` throws */
function assertGiven(params: CreateSourceParams): void {
  assertOneOf(params, ['source', 'card'], (name) => name);
  assertSource(params);
}

const returns = { object: 'card' };

export const sourceWrites = SOURCE_LISTS.flatMap((name) => {
  const path = `/v1/customers/{id}/${name}`;
  const createSource: Operation<CustomersDeps, CreateSourceParams, Asked> = {
    method: 'POST',
    path,
    get params() {
      return createSourceParams();
    },
    check: (_deps, params) => assertGiven(params),
    returns,
    read: async (deps, call) => {
      const customer = await loadActive(deps, call);
      const source = namedSource(call.params)!;
      return { customer, requested: await requestedSource(deps, call.caller, source, deps.clock.nowMs()) };
    },
    run: create,
  };
  const updateSource: Operation<CustomersDeps, UpdateSourceParams, Owned> = {
    method: 'POST',
    path: `${path}/{source}`,
    get params() {
      return updateSourceParams();
    },
    returns,
    read: loadSource,
    run: update,
  };
  const deleteSource: Operation<CustomersDeps, object, Owned> = {
    method: 'DELETE',
    path: `${path}/{source}`,
    params: noParams,
    returns,
    read: loadSource,
    run: remove,
  };
  return [createSource, updateSource, deleteSource] as const;
});
