/** Payment intents of the simulator: made and confirmed, challenged, captured, raised and canceled. */
import type { ChargeRecord, Intent } from './books.ts';
import { cardOfId, cardOfNumber, type PlayedCard } from './cards.ts';
import { openDispute } from './disputes.ts';
import { cardError, invalid, missing, refused, type StripeRefusal } from './errors.ts';
import { type Form, formIn, listOf, textOf, textsIn } from './form.ts';
import { renderCharge, renderIntent } from './render.ts';
import { emit, feeFor, move, type World } from './world.ts';

const shown = (world: World, intent: Intent, form: Form = {}) =>
  renderIntent(world.books, intent, world.base(), listOf(form, 'expand'));

const announce = (world: World, type: string, intent: Intent): void => emit(world, type, shown(world, intent));

/** The integer that a parameter must be. */
export function integerIn(form: Form, name: string, least: number): number | undefined {
  const text = textOf(form, name);
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text))
    throw invalid(`Invalid integer: ${text}`, { code: 'parameter_invalid_integer', param: name });
  const value = Number(text);
  if (value < least)
    throw invalid('This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param: name });
  if (value > 99_999_999)
    throw invalid('Amount must be no more than $999,999.99', { code: 'amount_too_large', param: name });
  return value;
}

/** The card that a request names, by its number or as a test id. */
export function cardIn(form: Form): PlayedCard {
  const id = textOf(form, 'payment_method');
  if (id !== undefined) {
    const named = cardOfId(id);
    if (!named) throw missing('PaymentMethod', id, 'payment_method');
    return named;
  }
  const data = formIn(form, 'payment_method_data');
  if (textOf(data, 'type') !== 'card')
    throw invalid('Missing required param: payment_method_data[type].', { code: 'parameter_missing' });
  const number = textOf(formIn(data, 'card'), 'number') ?? '';
  const played = cardOfNumber(number);
  if (played) return played;
  throw cardError({ code: 'incorrect_number', message: 'Your card number is incorrect.', param: 'number' });
}

/** Makes a payment intent and confirms it. */
export function createIntent(world: World, form: Form) {
  const amount = integerIn(form, 'amount', 1);
  const currency = textOf(form, 'currency');
  if (amount === undefined || currency === undefined)
    throw invalid(`Missing required param: ${amount === undefined ? 'amount' : 'currency'}.`, {
      code: 'parameter_missing',
    });
  if (['isk', 'ugx'].includes(currency) && amount % 100 !== 0)
    throw invalid('Invalid amount: the currency has no minor unit.', { param: 'amount' });
  if (textOf(form, 'statement_descriptor') !== undefined)
    throw invalid('statement_descriptor is not supported for cards.', { param: 'statement_descriptor' });
  const card = cardIn(form);
  const options = formIn(formIn(form, 'payment_method_options'), 'card');
  const returnUrl = textOf(form, 'return_url');
  const descriptorSuffix = textOf(form, 'statement_descriptor_suffix');
  const intent: Intent = {
    id: world.id('pi'),
    created: world.nowSeconds(),
    amount,
    currency,
    manual: textOf(form, 'capture_method') === 'manual',
    card,
    network: world.id('net').slice(4, 19),
    ...(returnUrl !== undefined && { returnUrl }),
    ...(descriptorSuffix !== undefined && { descriptorSuffix }),
    multicapture: textOf(options, 'request_multicapture') === 'if_available',
    incremental: textOf(options, 'request_incremental_authorization') === 'if_available' && card.brand === 'visa',
    received: 0,
    capturable: 0,
    status: 'requires_payment_method',
    metadata: textsIn(form, 'metadata'),
  };
  world.books.intents.set(intent.id, intent);
  announce(world, 'payment_intent.created', intent);
  if (textOf(form, 'confirm') === 'true') confirm(world, intent, form, textOf(options, 'request_three_d_secure'));
  return shown(world, intent, form);
}

function confirm(world: World, intent: Intent, form: Form, threeDSecure: string | undefined): void {
  const { challenge } = intent.card;
  const isAsked = threeDSecure === 'any' || threeDSecure === 'challenge';
  if (challenge === 'required' || (challenge === 'optional' && isAsked)) {
    const cannotAsk = textOf(form, 'off_session') === 'true' || textOf(form, 'error_on_requires_action') === 'true';
    if (cannotAsk)
      throw fail(world, intent, {
        code: 'authentication_required',
        decline_code: 'authentication_required',
        message: 'Your card was declined. This transaction requires authentication.',
      });
    intent.status = 'requires_action';
    announce(world, 'payment_intent.requires_action', intent);
    return;
  }
  const { decline } = intent.card;
  if (decline) throw declineCharge(world, intent, decline);
  approve(world, intent);
}

/** The intent fails, and waits for another payment method. */
function fail(
  world: World,
  intent: Intent,
  why: { readonly code: string; readonly message: string; readonly [name: string]: unknown },
): StripeRefusal {
  intent.status = 'requires_payment_method';
  intent.lastError = { ...why, type: 'card_error' };
  announce(world, 'payment_intent.payment_failed', intent);
  return cardError({ ...why, payment_intent: shown(world, intent) });
}

function declineCharge(
  world: World,
  intent: Intent,
  { code, declineCode, message }: NonNullable<PlayedCard['decline']>,
): StripeRefusal {
  const charge = newCharge(world, intent, { code, message });
  emit(world, 'charge.failed', renderCharge(charge));
  return fail(world, intent, {
    advice_code: declineCode === 'lost_card' || declineCode === 'stolen_card' ? 'do_not_try_again' : 'try_again_later',
    charge: charge.id,
    code,
    ...(declineCode !== undefined && { decline_code: declineCode }),
    message,
    network_decline_code: '05',
  });
}

function newCharge(world: World, intent: Intent, failure?: ChargeRecord['failure']): ChargeRecord {
  const charge: ChargeRecord = {
    id: world.id('ch'),
    created: world.nowSeconds(),
    intent,
    metadata: intent.metadata,
    ...(failure && { failure }),
    amount: intent.amount,
    captured: false,
    amountCaptured: 0,
    amountRefunded: 0,
    disputed: false,
  };
  world.books.charges.set(charge.id, charge);
  intent.chargeId = charge.id;
  return charge;
}

function approve(world: World, intent: Intent): void {
  const charge = newCharge(world, intent);
  delete intent.lastError;
  if (intent.manual) {
    intent.status = 'requires_capture';
    intent.capturable = intent.amount;
    emit(world, 'charge.succeeded', renderCharge(charge));
    announce(world, 'payment_intent.amount_capturable_updated', intent);
    return;
  }
  take(world, intent, charge, intent.amount);
  intent.status = 'succeeded';
  emit(world, 'charge.succeeded', renderCharge(charge));
  announce(world, 'payment_intent.succeeded', intent);
  if (intent.card.disputed) openDispute(world, charge, 'fraudulent');
}

function take(world: World, intent: Intent, charge: ChargeRecord, amount: number): void {
  charge.captured = true;
  charge.amountCaptured += amount;
  intent.received += amount;
  const money = move(world, charge, {
    amount,
    fee: feeFor(amount),
    type: 'charge',
    category: 'charge',
    source: charge.id,
  });
  charge.balanceTransaction ??= money.id;
}

export function intentOf(world: World, id: string): Intent {
  const intent = world.books.intents.get(id);
  if (!intent) throw missing('payment_intent', id, 'intent');
  return intent;
}

const stateRefused = (world: World, intent: Intent, action: string) =>
  refused(`You cannot ${action} this PaymentIntent because it has a status of ${intent.status}.`, {
    code: 'payment_intent_unexpected_state',
    payment_intent: shown(world, intent),
  });

export const retrieveIntent = (world: World, id: string, form: Form) => shown(world, intentOf(world, id), form);

/** Takes a part or all of the hold. */
export function captureIntent(world: World, id: string, form: Form) {
  const intent = intentOf(world, id);
  if (intent.status !== 'requires_capture') throw stateRefused(world, intent, 'capture');
  const keepsRest = textOf(form, 'final_capture') === 'false';
  const amount = integerIn(form, 'amount_to_capture', intent.received > 0 && !keepsRest ? 0 : 1) ?? intent.capturable;
  if (amount > intent.capturable)
    throw refused(
      `The requested capture amount is greater than the amount you can capture for this charge (${intent.capturable}).`,
      { code: 'amount_too_large', param: 'amount_to_capture', payment_intent: shown(world, intent) },
    );
  if (keepsRest && !intent.multicapture)
    throw refused('final_capture can only be false if multicapture is available.', { param: 'final_capture' });
  const charge = world.books.charges.get(intent.chargeId!)!;
  if (amount > 0) take(world, intent, charge, amount);
  intent.metadata = { ...intent.metadata, ...textsIn(form, 'metadata') };
  intent.capturable = keepsRest ? intent.capturable - amount : 0;
  if (intent.capturable === 0) intent.status = 'succeeded';
  emit(world, 'charge.captured', renderCharge(charge));
  announce(
    world,
    intent.status === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated',
    intent,
  );
  return shown(world, intent, form);
}

/** Holds more. */
export function incrementIntent(world: World, id: string, form: Form) {
  const intent = intentOf(world, id);
  if (intent.status !== 'requires_capture') throw stateRefused(world, intent, 'increment');
  const amount = integerIn(form, 'amount', 1) ?? 0;
  if (!intent.incremental || intent.received > 0 || amount <= intent.amount)
    throw refused('This PaymentIntent cannot be incremented.', { param: 'amount' });
  const charge = world.books.charges.get(intent.chargeId!)!;
  intent.amount = amount;
  intent.capturable = amount;
  charge.amount = amount;
  intent.metadata = { ...intent.metadata, ...textsIn(form, 'metadata') };
  announce(world, 'payment_intent.amount_capturable_updated', intent);
  return shown(world, intent, form);
}

/** Releases the hold, or ends a payment that was not completed. */
export function cancelIntent(world: World, id: string, form: Form) {
  const intent = intentOf(world, id);
  if (!['requires_payment_method', 'requires_action', 'requires_capture'].includes(intent.status))
    throw stateRefused(world, intent, 'cancel');
  intent.status = 'canceled';
  intent.capturable = 0;
  intent.canceledFor = textOf(form, 'cancellation_reason') ?? 'requested_by_customer';
  announce(world, 'payment_intent.canceled', intent);
  return shown(world, intent, form);
}

/** The payer passes the challenge, or fails it. Nothing happens to a payment that no longer waits for it. */
export function answerChallenge(world: World, intent: Intent, passes: boolean): void {
  if (intent.status !== 'requires_action') return;
  if (passes) approve(world, intent);
  else
    fail(world, intent, {
      code: 'payment_intent_authentication_failure',
      message:
        'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
    });
}
