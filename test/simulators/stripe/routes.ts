/** The part of Stripe's API that the simulator has. */
import { balanceOf, type MoneyMovement } from './books.ts';
import { closeDispute, disputeOf, updateDispute } from './disputes.ts';
import { invalid, missing, StripeRefusal } from './errors.ts';
import { type Form, listOf, textOf } from './form.ts';
import { found, pageOf } from './lists.ts';
import { cancelIntent, captureIntent, createIntent, incrementIntent, retrieveIntent } from './payments.ts';
import { createRefund, refundOf } from './refunds.ts';
import { below, renderCharge, renderDispute, renderIntent, renderMoney, renderRefund, renderSetup } from './render.ts';
import { cancelSetup, createSetup, setupOf } from './setups.ts';
import type { World } from './world.ts';

type Handler = (world: World, id: string, form: Form) => unknown;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** The parameters that it takes. */
  readonly takes: string;
  readonly handle: Handler;
}

const route = (method: Route['method'], path: string, takes: string, handle: Handler): Route => ({
  method,
  path: new RegExp(`^/v1/${path.replace(':id', '([^/]+)')}$`),
  takes,
  handle,
});

const CONFIRMED =
  'allowed_payment_method_types confirm expand metadata payment_method payment_method_data payment_method_options return_url';
const LISTED = 'created ending_before expand limit starting_after';

const ROUTES: readonly Route[] = [
  route(
    'POST',
    'payment_intents',
    `${CONFIRMED} amount currency capture_method error_on_requires_action off_session statement_descriptor_suffix`,
    (world, _, form) => createIntent(world, form),
  ),
  route('GET', 'payment_intents', LISTED, (world, _, form) =>
    pageOf('/v1/payment_intents', [...world.books.intents.values()], form, (intent) =>
      renderIntent(world.books, intent, world.base(), below(listOf(form, 'expand'), 'data')),
    ),
  ),
  route('GET', 'payment_intents/search', 'query limit page expand', (world, _, form) =>
    found('/v1/payment_intents/search', [...world.books.intents.values()], form, world.nowSeconds(), (intent) =>
      renderIntent(world.books, intent, world.base()),
    ),
  ),
  route('GET', 'payment_intents/:id', 'expand', retrieveIntent),
  route(
    'POST',
    'payment_intents/:id/capture',
    'amount_to_capture final_capture metadata statement_descriptor_suffix expand',
    captureIntent,
  ),
  route('POST', 'payment_intents/:id/increment_authorization', 'amount metadata expand', incrementIntent),
  route('POST', 'payment_intents/:id/cancel', 'cancellation_reason expand', cancelIntent),
  route('GET', 'charges/:id', 'expand', (world, id) => {
    const charge = world.books.charges.get(id);
    if (!charge) throw missing('charge', id, 'id');
    return renderCharge(charge);
  }),
  route('POST', 'setup_intents', `${CONFIRMED} usage`, (world, _, form) => createSetup(world, form)),
  route('GET', 'setup_intents', LISTED, (world, _, form) =>
    pageOf('/v1/setup_intents', [...world.books.setups.values()], form, (setup) => renderSetup(setup, world.base())),
  ),
  route('GET', 'setup_intents/:id', 'expand', (world, id) => renderSetup(setupOf(world, id), world.base())),
  route('POST', 'setup_intents/:id/cancel', 'cancellation_reason', cancelSetup),
  route('POST', 'refunds', 'amount charge payment_intent metadata reason', (world, _, form) =>
    createRefund(world, form),
  ),
  route('GET', 'refunds', `${LISTED} charge payment_intent`, (world, _, form) => {
    const [charge, intent] = [textOf(form, 'charge'), textOf(form, 'payment_intent')];
    const all = [...world.books.refunds.values()].filter(
      (one) =>
        (charge === undefined || one.charge.id === charge) && (intent === undefined || one.charge.intent.id === intent),
    );
    return pageOf('/v1/refunds', all, form, renderRefund);
  }),
  route('GET', 'refunds/:id', 'expand', (world, id) => renderRefund(refundOf(world, id))),
  route('GET', 'disputes', `${LISTED} charge payment_intent`, (world, _, form) =>
    pageOf('/v1/disputes', [...world.books.disputes.values()], form, (one) => renderDispute(one)),
  ),
  route('GET', 'disputes/:id', 'expand', (world, id) => renderDispute(disputeOf(world, id))),
  route('POST', 'disputes/:id', 'evidence submit metadata', updateDispute),
  route('POST', 'disputes/:id/close', '', closeDispute),
  route('GET', 'balance', '', (world) => ({
    object: 'balance',
    available: Object.entries(balanceOf(world.books)).map(([currency, amount]) => ({ amount, currency })),
    livemode: false,
    pending: [],
  })),
  route('GET', 'balance_transactions', `${LISTED} type payout`, (world, _, form) =>
    pageOf('/v1/balance_transactions', world.books.money, form, (money) =>
      renderMoney(money, sourceOf(world, money, below(listOf(form, 'expand'), 'data'))),
    ),
  ),
];

/** The source of money, in full where that is asked for. */
function sourceOf({ books }: World, { source }: MoneyMovement, expand: readonly string[]): unknown {
  if (source === undefined) return null;
  if (!expand.some((path) => path === 'source' || path.startsWith('source.'))) return source;
  const charge = books.charges.get(source);
  const refund = books.refunds.get(source);
  const dispute = books.disputes.get(source);
  if (charge) return renderCharge(charge);
  if (refund) return renderRefund(refund);
  return dispute ? renderDispute(dispute, below(expand, 'source')) : source;
}

/**
 * The object that a request is answered with.
 * @throws StripeRefusal where Stripe answers an error
 */
export function answered(world: World, method: string, path: string, form: Form): unknown {
  for (const { method: of, path: pattern, takes, handle } of ROUTES) {
    const [, id = ''] = (method === of && pattern.exec(path)) || [];
    if (method !== of || !pattern.test(path)) continue;
    const unknown = Object.keys(form).find((name) => !takes.split(' ').includes(name));
    if (unknown !== undefined)
      throw invalid(`Received unknown parameter: ${unknown}`, { code: 'parameter_unknown', param: unknown });
    return handle(world, decodeURIComponent(id), form);
  }
  throw new StripeRefusal(
    404,
    { type: 'invalid_request_error', message: `Unrecognized request URL (${method}: ${path}).` },
    false,
  );
}
