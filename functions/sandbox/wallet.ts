/**
 * An order that waits for its payer at a wallet. It is a charge with `order`: its payer decides on the wallet's page, and by itself it ends at
 * its expiry. At PayPal the payer only approves, and the merchant's `resume` takes the money. Pure.
 */
import type { Plan, Timings, Wallet } from './behavior.ts';
import { type AuthorizeParams, type Charge, type Decline, declineOf, type Order, statusOf } from './charge.ts';

interface Trait {
  readonly label: string;
  /** An amount can be held for a later capture. */
  readonly holds: boolean;
  /** The payer approves, and the merchant completes the payment. */
  readonly resumes: boolean;
  /** A query finds the order only after its payer has opened the page. */
  readonly unknownUntilOpened: boolean;
  /** The payer pays with a phone that scans a code, and the merchant's page stays open in the browser. */
  readonly scanned: boolean;
  readonly disputes: boolean;
}

export const TRAITS = {
  alipay: { label: 'Alipay', holds: false, resumes: false, unknownUntilOpened: true, scanned: false, disputes: false },
  wechat_pay: {
    label: 'WeChat Pay',
    holds: false,
    resumes: false,
    unknownUntilOpened: false,
    scanned: true,
    disputes: false,
  },
  paypal: { label: 'PayPal', holds: true, resumes: true, unknownUntilOpened: false, scanned: false, disputes: true },
} as const satisfies Record<Wallet, Trait>;

/** An order without `expires_at` can be paid for so long. */
const PAYABLE_MS = 3 * 3_600_000;

/** A new order: declined as expired, unless something happens before its expiry. Without its payer, it is declined. */
export function placeOrder(
  account: string,
  params: AuthorizeParams,
  moment: { readonly nowMs: number; readonly random: (count: number) => string },
): Charge {
  const { nowMs, random } = moment;
  return {
    account,
    version: 1,
    params,
    createdMs: nowMs,
    decidedMs: params.offSession ? nowMs : (params.expiresMs ?? nowMs + PAYABLE_MS),
    decision: params.offSession ? 'authentication_required' : 'order_expired',
    authorisationCode: random(6).toUpperCase(),
    checks: {},
    operations: [],
    refunded: 0n,
    order: { secret: random(24), serial: random(17), state: params.offSession ? 'finished' : 'open' },
  };
}

/** The order whose page was opened. Only a query at Alipay depends on it. */
export const opened = (charge: Charge, nowMs: number): Charge =>
  charge.order && charge.order.openedMs === undefined && traitOf(charge)?.unknownUntilOpened
    ? { ...charge, version: charge.version + 1, order: { ...charge.order, openedMs: nowMs } }
    : charge;

/** The fields with which the payer's browser comes, where the wallet is reached by a form. */
export const formOf = ({ params: { reference } }: Charge): Readonly<Record<string, string>> => ({
  order: reference,
  subject: `"Tea" & <cake>'s`,
});

/** Whether a query or a list finds the charge. */
export const isKnown = (charge: Charge): boolean =>
  !traitOf(charge)?.unknownUntilOpened || charge.order?.openedMs !== undefined || charge.order?.state === 'finished';

export const PAYER_RESULTS = ['approve', 'decline', 'expire'] as const;
export type PayerResult = (typeof PAYER_RESULTS)[number];

/** The order after its payer's decision. The first one counts: on any order that does not wait for its payer it changes nothing. */
export function payerDecides(charge: Charge, result: PayerResult, nowMs: number, timings: Timings, plan: Plan): Charge {
  if (statusOf(charge, nowMs) !== 'waiting') return charge;
  switch (result) {
    case 'approve':
      return traitOf(charge)?.resumes
        ? moved(charge, 'approved', { decision: 'order_expired', decidedMs: nowMs + timings.approvalMs })
        : completed(charge, nowMs, timings, plan);
    case 'decline':
      return moved(charge, 'finished', { decision: 'payer_declined', decidedMs: nowMs });
    case 'expire':
      return moved(charge, 'finished', { decision: 'order_expired', decidedMs: nowMs });
    default:
      return result satisfies never;
  }
}

/** The order after the merchant completed what its payer approved. In any other state nothing changes. */
export const resumed = (charge: Charge, nowMs: number, timings: Timings, plan: Plan): Charge =>
  statusOf(charge, nowMs) === 'approved' ? completed(charge, nowMs, timings, plan) : charge;

const completed = (charge: Charge, nowMs: number, timings: Timings, plan: Plan): Charge => ({
  ...moved(charge, 'finished', {
    decision: plan.decision,
    decidedMs: nowMs + (plan.takesADay ? timings.dayMs : 0),
  }),
  ...(plan.approves !== undefined && { approvedAmount: plan.approves }),
  ...(plan.approvesHalf && { approvedAmount: charge.params.amount / 2n }),
});

const moved = (charge: Charge, state: Order['state'], changes: Pick<Charge, 'decision' | 'decidedMs'>): Charge => ({
  ...charge,
  ...changes,
  version: charge.version + 1,
  order: { ...charge.order!, state },
});

export type Closing = { readonly charge: Charge; readonly decline?: Decline };

/**
 * Closes a charge that no payer has paid: it stays declined from now on. Refused (`order_paid`) where it was paid or is being paid. A charge that
 * was declined, expired or closed is over, and closing it changes nothing.
 */
export function closeCharge(charge: Charge, nowMs: number, timings: Timings, plan: Plan): Closing {
  const status = statusOf(charge, nowMs);
  switch (status) {
    case 'declined':
      return { charge };
    case 'pending':
    case 'authorised':
    case 'captured':
      return { charge, decline: declineOf('order_paid') };
    case 'challenge':
    case 'authenticated':
    case 'waiting':
    case 'approved':
      return {
        charge: {
          ...charge,
          version: charge.version + 1,
          decision: 'order_closed',
          decidedMs: nowMs,
          ...(charge.challenge && { challenge: { ...charge.challenge, state: 'failed' } }),
          ...(charge.order && { order: { ...charge.order, state: 'finished' } }),
          ...(plan.paidAfterClose && {
            presentment: {
              amount: charge.params.amount,
              operations: charge.operations.length,
              atMs: nowMs + timings.latePaymentMs,
            },
          }),
        },
      };
    default:
      return status satisfies never;
  }
}

/** Whether the payer scans a code with their phone, and their browser stays where it was. */
export const isScanned = (charge: Pick<Charge, 'params'>): boolean =>
  traitOf(charge)?.scanned === true && !charge.params.onPhone;

export const traitOf = ({ params: { wallet } }: Pick<Charge, 'params'>): Trait | undefined => wallet && TRAITS[wallet];

/** Data of the payment and its payer, as the wallet gives them to the merchant once it is paid. */
export interface Receipt {
  readonly transaction: string;
  readonly payer_id: string;
  readonly email?: string;
  readonly name?: string;
  readonly country?: string;
}

export function receiptOf({ params: { wallet }, order, createdMs }: Charge): Receipt | undefined {
  if (!wallet || !order) return undefined;
  switch (wallet) {
    case 'alipay':
      return { transaction: `${dayText(createdMs)}2200${digitsOf(order.serial, 16)}`, payer_id: '2088000000000099' };
    case 'wechat_pay':
      return {
        transaction: `420000${digitsOf(order.serial, 14)}${dayText(createdMs)}`,
        payer_id: 'oSandboxPayer000000000000099',
      };
    case 'paypal':
      return {
        transaction: order.serial.toUpperCase(),
        payer_id: 'SANDBOXPAYER9',
        email: 'payer@sandbox.example',
        name: 'Sandbox Payer',
        country: 'US',
      };
    default:
      return wallet satisfies never;
  }
}

const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
const digitsOf = (text: string, count: number): string =>
  Array.from({ length: count }, (_, at) => text.charCodeAt(at) % 10).join('');
