/** Asking Stripe what became of a payment: by its name where that is known, otherwise by our reference (I15). */
import type { AttemptQuery, AttemptState, PaymentAtChannel } from '../port/port.ts';
import { byId, byReference, byTime, type FoundAt, type Looking } from './find.ts';
import { setupOutcome, stateOf } from './map.ts';
import { type PaymentIntent, readPaymentIntent, readSetupIntent, type SetupIntent } from './objects.ts';
import { isInAskedCurrency } from './references.ts';
import type { StripeClientDeps } from './transport.ts';

type AtStripe = Pick<PaymentAtChannel, 'reference' | 'account' | 'handles'> & { readonly createdMs?: number };

const looking = ({ account, reference }: AtStripe): Looking<PaymentIntent> => ({
  account,
  reference,
  read: readPaymentIntent,
  expand: 'latest_charge',
});

/** The payment at Stripe. A name that Stripe does not know is `not_found`. */
export const findIntent = (deps: StripeClientDeps, payment: AtStripe): Promise<FoundAt<PaymentIntent>> => {
  const id = payment.handles?.payment_intent;
  return id === undefined
    ? byReference(deps, payment.createdMs, looking(payment))
    : byId(deps, 'payment_intents', id, looking(payment));
};

/** The verification of a card at Stripe. */
export function findSetup(
  deps: StripeClientDeps,
  { reference, account, handles, createdMs }: PaymentAtChannel,
): Promise<FoundAt<SetupIntent>> {
  const of: Looking<SetupIntent> = { account, reference, read: readSetupIntent };
  const id = handles?.setup_intent;
  return id === undefined ? byTime(deps, 'setup_intents', createdMs, of) : byId(deps, 'setup_intents', id, of);
}

/** `not_found` only when Stripe's lists of payments and of setups of the time were read to their ends. */
export async function queryAttempt(deps: StripeClientDeps, query: AttemptQuery): Promise<AttemptState> {
  const { handles } = query;
  if (handles?.setup_intent === undefined) {
    const { handles: _handles, ...unnamed } = query;
    const named = handles?.payment_intent === undefined ? undefined : await findIntent(deps, query);
    // A name that Stripe does not know denies nothing: our reference decides.
    const found = named && named.kind !== 'not_found' ? named : await findIntent(deps, unnamed);
    if (found.kind === 'found') return stateFound(found.object, query);
    if (found.kind === 'unknown') return { attempt: found, operations: new Map() };
  }
  const setup = await findSetup(deps, query);
  const attempt = setup.kind === 'found' ? setupOutcome(setup.object) : setup;
  return { attempt, operations: new Map() };
}

const stateFound = (intent: PaymentIntent, { operation }: AttemptQuery): AttemptState =>
  isInAskedCurrency(intent)
    ? stateOf(intent, operation)
    : { attempt: { kind: 'unknown', reason: `Stripe has it in ${intent.currency}` }, operations: new Map() };
