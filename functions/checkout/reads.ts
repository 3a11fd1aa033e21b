/** Checkout Sessions: retrieve and list, them and their line items, and the load that every operation on one begins with. */

import { noSuch, noSuchReference } from '../api/errors.ts';
import { type ListPage, listBody, listRecords, pageOf } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import { customerById, customerId, ofCustomer } from '../customers/customer.ts';
import { seconds } from '../kernel/clock.ts';
import type { Commit } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { paymentById } from '../payments/store.ts';
import { recordById } from '../table/record.ts';
import { endIfOver } from './ending.ts';
import { loadLines } from './lines.ts';
import { type LineListParams, lineListParams, type SessionListParams, sessionListParams } from './params.ts';
import { isOver, type Session, sessionId, sessionKind } from './session.ts';
import { withPrices } from './sold.ts';
import { loadSession } from './store.ts';
import { lineItemId, renderLines, renderSession } from './wire.ts';

export const answer = (session: Session): Reply => ({ status: 200, body: renderSession(session) });

/** A commit that time brings: no request is behind it. */
export const ownCommit = (deps: PaymentsDeps, call: Call): Commit => ({
  nowMs: deps.clock.nowMs(),
  terms: call.caller.settings.fees,
});

/** The session that the path names. @throws 404 resource_missing */
export async function sessionInPath(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Session> {
  const id = call.path.id ?? '';
  const { scope, livemode } = call.caller;
  const session = await recordById(deps.table, sessionKind(livemode), scope, id);
  if (!session) throw noSuch('checkout.session', id, 'session');
  return session;
}

/** The session as it stands at the time of this request. */
export const currentSession = (deps: PaymentsDeps, call: Call, session: Session): Promise<Session> =>
  endIfOver(deps, session, ownCommit(deps, call));

/**
 * Sessions whose time is up are listed as expired, and are from then on.
 * @see https://docs.stripe.com/api/checkout/sessions/list
 */
async function list(deps: PaymentsDeps, call: Call<SessionListParams>): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const { status, customer_details: details } = call.params;
  const wanted = (session: Session): boolean =>
    (status === undefined || status === (isOver(session, nowMs) ? 'expired' : session.status)) &&
    (details === undefined || details.email === session.payer?.email);
  const page = await pageFor(deps, call, wanted);
  const items = await Promise.all(page.items.map((session) => currentSession(deps, call, session)));
  return { status: 200, body: listBody({ ...page, items }, '/v1/checkout/sessions', renderSession) };
}

async function pageFor(
  { table }: PaymentsDeps,
  { caller, params }: Call<SessionListParams>,
  wanted: (session: Session) => boolean,
): Promise<ListPage<Session>> {
  const { customer: whom, payment_intent: intent, status } = params;
  const kind = sessionKind(caller.livemode);
  if (intent !== undefined) {
    const payment = await paymentById(table, caller.scope, intent);
    if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
    const session = payment.session && (await loadSession(table, caller.scope, payment.session));
    const found =
      session && (whom === undefined || (session.customer && whom === customerId(session.customer))) && wanted(session);
    return pageOf(found ? [session] : [], { params, ...kind, idOf: sessionId, createdSecondsOf });
  }
  if (whom === undefined) return listRecords(table, kind, caller, params, wanted);
  const customer = await customerById(table, caller.scope, whom);
  if (!customer) throw noSuchReference('customer', whom, 'customer');
  const filtered = status !== undefined || params.customer_details !== undefined;
  const of = ofCustomer(caller.scope, customer.body);
  return listLinked(table, kind, caller, of, params, filtered ? wanted : undefined);
}

const createdSecondsOf = ({ createdMs }: Session): number => seconds(createdMs);

/** @see https://docs.stripe.com/api/checkout/sessions/line_items */
async function listLines(deps: PaymentsDeps, call: Call<LineListParams>, session: Session): Promise<Reply> {
  const lines = await loadLines(deps.table, session.scope, session.body);
  const page = pageOf(
    lines.map((line, place) => ({ line, place })),
    {
      params: call.params,
      object: 'item',
      idOf: ({ place }) => lineItemId(session.body, place),
      createdSecondsOf: () => createdSecondsOf(session),
    },
  );
  const items = await withPrices(deps.table, session.scope, page.items);
  return { status: 200, body: renderLines(session, { ...page, items }) };
}

const one = '/v1/checkout/sessions/{id}';
const returns = { object: 'checkout.session' };

export const listSessions: Operation<PaymentsDeps, SessionListParams> = {
  method: 'GET',
  path: '/v1/checkout/sessions',
  params: sessionListParams,
  returns: { ...returns, list: true },
  run: list,
};
export const retrieveSession: Operation<PaymentsDeps, object, Session> = {
  method: 'GET',
  path: one,
  params: noParams,
  returns,
  read: sessionInPath,
  run: async (deps, call, session) => answer(await currentSession(deps, call, session)),
};
export const listLineItems: Operation<PaymentsDeps, LineListParams, Session> = {
  method: 'GET',
  path: `${one}/line_items`,
  params: lineListParams,
  returns: { object: 'item', list: true },
  read: sessionInPath,
  run: listLines,
};
