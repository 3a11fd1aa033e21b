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

/** Version 1 of the payment, before its method is known: `paidBy` adds what depends on that. */
export function newPayment(call: Call<unknown>, session: Session, nowMs: number): Payment {
  const { currency, total: amount } = session.sum!;
  const { metadata, description, receiptEmail, shipping, statementDescriptorSuffix, transferGroup } =
    session.paymentData as PaymentData;
  const payment: Payment = {
    metadata,
    ...firstVersion(call, nowMs),
    status: 'requires_confirmation',
    amount,
    currency,
    captureMethod: 'automatic_async',
    confirmationMethod: 'automatic',
    cause: 'confirming',
    unannounced: true,
    ...UNPAID,
    session: session.body,
    request: requestOf(call),
  };
  return changed(payment, {
    description,
    receiptEmail,
    shipping,
    statementDescriptorSuffix,
    transferGroup,
    methodTypes: session.methodTypes,
    walletOptions: session.walletOptions,
  });
}

/** The payment as it is paid with a method of this type: the options of cards are for cards alone. */
export function paidBy(payment: Payment, { paymentData }: Session, type: MethodType): Payment {
  const { others, ...ofCard } = paymentData as PaymentData;
  const { manual, setupFutureUsage = null } = type === 'card' ? ofCard : (others ?? ofCard);
  return changed(payment, { captureMethod: manual ? 'manual' : 'automatic_async', setupFutureUsage });
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
  const unpaid = newPayment(call, session, session.createdMs);
  // Whether a wallet can pay is judged by the parameters of wallets; a card always can.
  const payment = changed(paidBy(unpaid, session, 'alipay'), { automaticMethods, excludedTypes });
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
