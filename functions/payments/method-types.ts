/**
 * Which types of payment method a payment may be paid with: what the merchant asked for, and what the channel's capabilities allow
 * (docs.stripe.com/payments/payment-methods/integration-options). Pure.
 */
import { type ApiError, invalidParameter, missingParameter, refused } from '../api/errors.ts';
import { capabilityOf, clientsOf, type Instruments, limitsOf } from '../channels/port/capabilities.ts';
import { METHOD_TYPES, type MethodType, WALLETS, type WalletClient } from '../channels/port/instrument.ts';
import { type MethodFacts, typeOf, type WalletWishes } from '../payment-methods/facts.ts';
import type { MethodRecord } from '../payment-methods/method.ts';
import { isRedirect } from '../payment-methods/wallet.ts';
import type { WalletOptionParams } from '../payment-methods/wallet-params.ts';
import { isHeld, type Payment, typesOf, type WalletOptions } from './payment.ts';

/** What a request says of types. */
export interface AskedTypes {
  readonly payment_method_types?: readonly string[] | undefined;
  readonly allowed_payment_method_types?: readonly string[] | undefined;
}

/**
 * The payment with the types that it may be paid with from now on. A list is refused where one of its types is not possible; of
 * `allowed_payment_method_types` and of automatic payment methods the possible ones are taken. Where the request says nothing, the types are
 * judged again only if the payment is not for cards alone.
 * @throws 400
 */
export function withTypes(payment: Payment, asked: AskedTypes, capabilities: () => Instruments): Payment {
  const [listed, allowed] = [given(asked.payment_method_types), given(asked.allowed_payment_method_types)];
  if (listed && allowed) throw exclusive('payment_method_types, allowed_payment_method_types');
  const { automaticMethods, methodTypes, ...kept } = payment;
  const offered = (types: readonly MethodType[]) => offeredOf(payment, types);
  if (listed) return typed(kept, assertPossible(capabilities, payment, offered(listed), 'payment_method_types'));
  if (allowed) return typed(kept, possible(capabilities(), payment, offered(allowed), 'allowed_payment_method_types'));
  if (automaticMethods !== undefined) {
    const candidates = METHOD_TYPES.filter((type) => automaticMethods === 'always' || !isRedirect(type));
    const types = possible(capabilities(), payment, offered(candidates), 'automatic_payment_methods');
    return typed({ ...kept, automaticMethods }, types);
  }
  const types = assertPossible(capabilities, payment, offered(typesOf(payment)), 'payment_method_types');
  return methodTypes || payment.cardHeld !== undefined ? typed(kept, types) : payment;
}

/** The types without those that the merchant does not offer. @throws 400 where none is left */
function offeredOf({ excludedTypes = [] }: Payment, types: readonly MethodType[]): readonly MethodType[] {
  const offered = types.filter((type) => !excludedTypes.includes(type));
  if (offered.length > 0) return offered;
  throw refused('excluded_payment_method_types leaves no payment method type to pay with.', {
    param: 'excluded_payment_method_types',
  });
}

/** The list without repetitions; undefined where it says nothing. */
const given = (types: readonly string[] = []): readonly MethodType[] | undefined =>
  types.length === 0 ? undefined : ([...new Set(types)] as MethodType[]);

/** A payment for cards alone stores no list, and a hold of the card is one of the payment. */
function typed(payment: Omit<Payment, 'methodTypes'>, types: readonly MethodType[]): Payment {
  if (types.some((type) => type !== 'card')) return { ...payment, methodTypes: types };
  const { cardHeld, ...kept } = payment;
  return cardHeld ? { ...kept, captureMethod: 'manual' } : kept;
}

function assertPossible(
  capabilities: () => Instruments,
  payment: Payment,
  types: readonly MethodType[],
  param: string,
): readonly MethodType[] {
  // Of cards alone the route is asked, when the payment is confirmed.
  if (types.every((type) => type === 'card')) return types;
  for (const type of types) {
    const refusal = refusalOf(capabilities(), payment, type, param);
    if (refusal) throw refusal;
  }
  return types;
}

function possible(
  capabilities: Instruments,
  payment: Payment,
  types: readonly MethodType[],
  param: string,
): readonly MethodType[] {
  const taken = types.filter((type) => !refusalOf(capabilities, payment, type, param));
  if (taken.length > 0) return taken;
  throw refusalOf(capabilities, payment, types[0]!, param)!;
}

/** Why this type cannot pay this payment, or undefined when it can. */
function refusalOf(capabilities: Instruments, payment: Payment, type: MethodType, param: string): ApiError | undefined {
  const { amount, currency, setupFutureUsage, confirmationMethod } = payment;
  const capability = capabilityOf(capabilities, type);
  // Where nothing is connected, or all is switched off, a payment is for cards, and its confirmation says so.
  if (!capability && type === 'card' && Object.keys(capabilities.wallets).length === 0) return undefined;
  if (!capability)
    return refused(`The payment method type "${type}" is invalid. No channel of this account takes it.`, { param });
  const { currencies } = capability;
  if (currencies !== 'all' && !currencies.includes(currency)) {
    return refused(
      `The currency provided (${currency}) is invalid. Payments with ${type} support the following currencies: ${currencies.join(', ')}.`,
      { param: 'currency' },
    );
  }
  const { least, greatest } = limitsOf(capability, currency);
  const unit = `in the minor unit of ${currency} for payments with ${type}.`;
  if (least !== undefined && amount < least)
    return outOfRange('amount_too_small', `Amount must be at least ${least} ${unit}`);
  if (greatest !== undefined && amount > greatest)
    return outOfRange('amount_too_large', `Amount must be no more than ${greatest} ${unit}`);
  if (capability.capture === 'at_once' && isHeld(payment, type)) {
    return refused(
      `Payments with ${type} are captured at once: \`capture_method\` cannot be \`manual\` where payment_method_types include \`${type}\`.`,
      { param: 'capture_method' },
    );
  }
  const [client = 'web', clients] = [clientOf(payment, type), clientsOf(capability)];
  if (!clients.includes(client)) {
    return refused(
      `No channel of this account takes payments with ${type} on the client \`${client}\`. It takes: ${clients.join(', ')}.`,
      { param: `payment_method_options[${type}][client]` },
    );
  }
  if (!capability.needsPayer) return undefined;
  if (setupFutureUsage !== undefined) {
    return refused(
      `The payer approves each payment with ${type}: \`setup_future_usage\` cannot be used where payment_method_types include \`${type}\`.`,
      { param: 'setup_future_usage' },
    );
  }
  if (confirmationMethod === 'manual') {
    return refused(
      `The payer's approval pays with ${type}: \`confirmation_method\` cannot be \`manual\` where payment_method_types include \`${type}\`.`,
      { param: 'confirmation_method' },
    );
  }
  return undefined;
}

const outOfRange = (code: string, message: string): ApiError => refused(message, { code, param: 'amount' });

const exclusive = (params: string): ApiError =>
  invalidParameter(`You may only specify one of these parameters: ${params}.`, { code: 'parameters_exclusive' });

/** @throws 400 for a method of a type that the payment is not to be paid with */
export function assertTypeAllowed(payment: Payment, record: Pick<MethodRecord, 'type'>): void {
  const type = typeOf(record);
  const types = typesOf(payment);
  if (types.includes(type)) return;
  throw refused(
    `The PaymentMethod provided (${type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: ${types.join(', ')}. Alternatively, update the allowed payment_method_types for this PaymentIntent to include "${type}".`,
    { param: 'payment_method' },
  );
}

/** What a confirmation says that a wallet's payer must be there for. */
interface Confirmation {
  readonly return_url?: string | undefined;
  readonly off_session?: boolean | undefined;
  readonly mandate?: string | undefined;
  readonly mandate_data?: object | '' | undefined;
}

/**
 * Nothing is claimed or sent for a payment that its wallet cannot carry out.
 * @throws 400 for a payer who is absent, a mandate, or a missing return_url, client, or member that the client needs
 */
export function assertWalletPayable(payment: Payment, record: Pick<MethodRecord, 'type'>, params: Confirmation): void {
  const { type } = record;
  if (type === undefined) return;
  if (params.off_session)
    throw refused(`The payer approves each payment with ${type}, so it cannot be made off-session.`, {
      param: 'off_session',
    });
  const agreement = params.mandate !== undefined ? 'mandate' : params.mandate_data ? 'mandate_data' : undefined;
  if (agreement)
    throw refused(`The payer approves each payment with ${type}, so there are no mandates for it.`, {
      param: agreement,
    });
  const client = clientOf(payment, type);
  if ((isRedirect(type) || client === 'mobile_web') && params.return_url === undefined) {
    throw refused(
      `You must provide a \`return_url\` when confirming a PaymentIntent with the payment method type ${type}.`,
      { param: 'return_url' },
    );
  }
  if (type !== 'wechat_pay') return;
  const needed = client === undefined ? (['client'] as const) : (NEEDED[client] ?? []);
  const missing = needed.find((name) => payment.walletOptions?.wechat_pay?.[name] === undefined);
  if (missing) throw missingParameter(`payment_method_options[wechat_pay][${missing}]`);
}

/** What WeChat Pay needs of a payer beside the client: their app, their name there, or the address of their phone. */
const NEEDED: Readonly<Partial<Record<WalletClient, readonly ('app_id' | 'openid' | 'ip_address')[]>>> = {
  mobile_web: ['ip_address'],
  ios: ['app_id'],
  android: ['app_id'],
  mini_program: ['app_id', 'openid'],
};

/** The options after a request: members that it omits stay, and an empty one goes. Undefined where there never was one. */
export function walletOptionsAfter(
  asked: WalletOptionParams | undefined,
  before: WalletOptions | undefined,
): WalletOptions | undefined {
  const after = WALLETS.map((type) => {
    const members = Object.entries({ ...before?.[type], ...asked?.[type] });
    return [type, Object.fromEntries(members.filter(([, value]) => value !== undefined && value !== ''))] as const;
  }).filter(([, options]) => Object.keys(options).length > 0);
  return after.length === 0 && !before ? undefined : Object.fromEntries(after);
}

/** What this payment asks of the wallet's page, and where its payer is. */
export const wishesOf = ({ walletOptions }: Payment, { type }: MethodFacts): WalletWishes | undefined =>
  type && walletOptions?.[type];

/** Where the payer of a wallet of this type is, as the payment says; undefined where it says nothing. */
export const clientOf = (
  { walletOptions }: Pick<Payment, 'walletOptions'>,
  type: MethodType,
): WalletClient | undefined => (type === 'alipay' || type === 'wechat_pay' ? walletOptions?.[type]?.client : undefined);
