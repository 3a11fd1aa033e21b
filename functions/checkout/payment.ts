/** The payment that a session asks for, and the types of payment method that may pay it. Nothing here is written or sent. */
import { ApiError, refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import { changed } from '../api/person.ts';
import type { MethodType } from '../channels/port/instrument.ts';
import { capabilitiesFor } from '../channels/routing/routing.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { UNPAID } from '../payments/first-attempt.ts';
import { type AskedTypes, withTypes } from '../payments/method-types.ts';
import { type Payment, typesOf } from '../payments/payment.ts';
import { firstVersion, requestOf } from '../table/record.ts';
import type { PaymentData, Session } from './session.ts';

/** Version 1 of the payment, before its method is known. */
export function newPayment(call: Call<unknown>, session: Session, nowMs: number): Payment {
  const { currency, total: amount } = session.sum!;
  const { manual, card: _, ...data } = session.paymentData as PaymentData;
  const payment: Payment = {
    ...data,
    ...firstVersion(call, nowMs),
    status: 'requires_confirmation',
    amount,
    currency,
    captureMethod: manual ? 'manual' : 'automatic_async',
    confirmationMethod: 'automatic',
    cause: 'confirming',
    unannounced: true,
    ...UNPAID,
    session: session.body,
    request: requestOf(call),
  };
  return changed(payment, { methodTypes: session.methodTypes, walletOptions: session.walletOptions });
}

/** The payment as it is paid with a method of this type: the options of cards are for cards alone. */
export function paidBy(payment: Payment, { paymentData }: Session, type: MethodType): Payment {
  const { manual, setupFutureUsage: general = null, card } = paymentData as PaymentData;
  const { manual: held, setupFutureUsage: usage = general } = (type === 'card' && card) || {};
  return changed(payment, {
    captureMethod: manual || held ? 'manual' : 'automatic_async',
    setupFutureUsage: usage,
  });
}

/** The parameters of a session that stand for those of its payment. */
const PARAMS: Readonly<Record<string, string>> = {
  amount: 'line_items',
  currency: 'line_items[0][price_data][currency]',
  capture_method: 'payment_intent_data[capture_method]',
  setup_future_usage: 'payment_intent_data[setup_future_usage]',
  automatic_payment_methods: 'payment_method_types',
};

/**
 * The session with the types that it may be paid with from now on, by the rules of payment intents. Where the merchant names none, these are
 * all that the channel can do for this payment. The page is a web page, which decides the client of WeChat Pay.
 * @throws 400 for a listed type that cannot pay it
 */
export function withMethodTypes(
  deps: Pick<PaymentsDeps, 'channel'>,
  call: Call<unknown>,
  session: Session,
  asked: AskedTypes = {},
): Session {
  const { automaticMethods, excludedTypes } = session;
  const payment = changed(newPayment(call, session, session.createdMs), { automaticMethods, excludedTypes });
  const judged = judge(() => withTypes(payment, asked, () => capabilitiesFor(deps, call.caller)));
  const { methodTypes = null, walletOptions } = judged;
  const wechat = { ...walletOptions?.wechat_pay, client: 'web' } as const;
  return changed<Session>(session, {
    methodTypes,
    walletOptions: typesOf(judged).includes('wechat_pay') ? { ...walletOptions, wechat_pay: wechat } : walletOptions,
  });
}

/** A refusal names the parameter of the session. */
function judge<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { type: _, message, param, ...facts } = error.body;
    throw refused(message, { ...facts, ...(param !== undefined && { param: PARAMS[param] ?? param }) });
  }
}
