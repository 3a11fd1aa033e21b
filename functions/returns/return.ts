/**
 * A payer comes back from a channel: to one address of ours, whatever the channel, by GET or by POST. The channel is asked about the attempt
 * and the answer is committed before the payer is sent on, so the merchant's page reads the right status (I17). What the channel says that the
 * payer has approved is completed with that: a return that is repeated, forged or lost changes nothing that the callback or the janitor
 * would not.
 */
import { clientSecretOf } from '../api/client-secret.ts';
import type { NextAction } from '../channels/port/action.ts';
import { successAddress } from '../checkout/session.ts';
import { loadSession } from '../checkout/store.ts';
import { type ObjectKey, parseChannelReference, type Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { NoSettings } from '../merchants/store.ts';
import { type Asking, learnAttempt } from '../payments/ask.ts';
import { type Attempt, actionOf, isOpen } from '../payments/attempt.ts';
import type { Commit } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { resolveOperation } from '../payments/operations/resolve-operation.ts';
import { awaitsPayer, lastAttempt, type Payment } from '../payments/payment.ts';
import { isReturnSecret, parseReturnAddress } from '../payments/return-address.ts';
import { loadPayment } from '../payments/store.ts';
import { intentId } from '../payments/wire.ts';
import { learnSetup } from '../setup-intents/confirm.ts';
import { lastSetupAttempt, SETUP_INTENT, type SetupIntent, setupIntentId } from '../setup-intents/setup-intent.ts';
import { loadRecord } from '../table/record.ts';

export type ReturnDeps = Pick<
  PaymentsDeps,
  'table' | 'clock' | 'channel' | 'settings' | 'companions' | 'mayPost' | 'applyDisputes' | 'contradicted'
> & {
  /** The payer is sent on although nothing could be learned: the callback or the janitor will. */
  readonly failed: (error: unknown) => void;
};

/** Where the payer goes from here. Without `location`, the merchant named no `return_url`. */
export interface Returned {
  readonly status: RedirectStatus;
  readonly location?: string;
}

/** Stripe's `redirect_status`. */
export type RedirectStatus = 'succeeded' | 'pending' | 'failed';

/**
 * Takes the payer who arrived at the return address that ends in `segment`. Undefined: the address is none of ours.
 * Afterwards the payment or setup intent has the outcome that the channel reports at that moment.
 */
export async function payerReturned(
  deps: ReturnDeps,
  segment: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Returned | undefined> {
  const opened = await open(deps, segment);
  if (!opened) return undefined;
  const { settings, parsed } = opened;
  return (
    (await returnedToPayment(deps, settings, parsed, { parameters })) ??
    returnedToSetup(deps, settings, parsed, { parameters })
  );
}

/** What a page of ours does for the payer: it posts a form, or shows a code. */
export type PageAction = Extract<NextAction, { kind: 'form' | 'qr_code' }>;

/**
 * The form that the payer of the attempt is to post, or the code to scan, while the payment waits for that. Afterwards the page is like the return
 * address beside it.
 * Undefined: the address is none of ours.
 */
export async function actionOrReturn(deps: ReturnDeps, segment: string): Promise<PageAction | Returned | undefined> {
  const opened = await open(deps, segment);
  if (!opened) return undefined;
  const { scope, objectKey, ordinal } = opened.parsed;
  const waiting = await waitingFor(deps, scope, objectKey);
  const action = waiting?.ordinal === ordinal ? actionOf(waiting) : undefined;
  const { expiresMs = waiting?.expiresMs ?? Number.POSITIVE_INFINITY } = action ?? {};
  const isShown = action?.kind === 'form' || action?.kind === 'qr_code';
  return isShown && deps.clock.nowMs() < expiresMs ? action : payerReturned(deps, segment, {});
}

/** The attempt of a payment or setup intent that waits for its payer. */
async function waitingFor(
  { table }: ReturnDeps,
  scope: Scope,
  objectKey: ObjectKey,
): Promise<(Parameters<typeof actionOf>[0] & { readonly ordinal: number; readonly expiresMs?: number }) | undefined> {
  const payment = await loadPayment(table, scope, objectKey);
  if (payment) return awaitsPayer(payment) && !payment.pending ? lastAttempt(payment) : undefined;
  const intent = await loadRecord(table, SETUP_INTENT, scope, objectKey);
  return intent?.status === 'requires_action' ? lastSetupAttempt(intent) : undefined;
}

/** What the address names, where its secret is right. */
async function open(
  deps: ReturnDeps,
  segment: string,
): Promise<{ readonly settings: Settings; readonly parsed: ReturnReference } | undefined> {
  const address = parseReturnAddress(segment);
  const parsed = address && parseChannelReference(address.reference);
  if (!parsed || parsed.ordinal === 0) return undefined;
  const settings = await deps.settings(parsed.scope).catch(unlessMissing);
  return settings && isReturnSecret(settings, address.reference, address.secret) ? { settings, parsed } : undefined;
}

/** A scope that is not there is a wrong address; a table that does not answer is an error, after which the payer may try again. */
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof NoSettings)) throw error;
}

interface ReturnReference {
  readonly scope: Scope;
  readonly objectKey: ObjectKey;
  readonly ordinal: number;
}

async function returnedToPayment(
  deps: ReturnDeps,
  settings: Settings,
  parsed: ReturnReference,
  asking: Asking,
): Promise<Returned | undefined> {
  const payment = await loadPayment(deps.table, parsed.scope, parsed.objectKey);
  const attempt = payment?.attempts.find(({ ordinal }) => ordinal === parsed.ordinal);
  if (!payment || !attempt) return undefined;
  const commit = { nowMs: deps.clock.nowMs(), terms: settings.fees };
  const learned = isOpen(attempt)
    ? await learn(deps, payment, () => learnDecided(deps, payment, attempt, commit, asking))
    : payment;
  const status = statusOf(learned, attempt);
  return attempt.returnUrl === undefined && payment.session !== undefined
    ? fromSession(deps, parsed.scope, payment.session, status)
    : destination(settings, attempt.returnUrl, 'payment_intent', intentId(payment), status);
}

/** Later than this after the payer's return, ms, no operation is resolved: with two requests before and after it, the function could not answer in time. */
const RESOLVE_WITHIN_MS = 1_000;

/**
 * The payment after what the payer did. A cancel under way decides that, whether it began before the return or beside it: so its outcome is learned
 * here, and not left to a merchant who reads before the janitor.
 */
async function learnDecided(
  deps: ReturnDeps,
  payment: Payment,
  attempt: Attempt,
  commit: Commit,
  asking: Asking,
): Promise<Payment> {
  const learned = payment.pending ? payment : await learnAttempt(deps, payment, attempt, commit, asking);
  const nowMs = deps.clock.nowMs();
  return learned.pending && awaitsPayer(learned) && nowMs - commit.nowMs <= RESOLVE_WITHIN_MS
    ? resolveOperation(deps, learned, learned.pending, nowMs, commit)
    : learned;
}

async function returnedToSetup(
  deps: ReturnDeps,
  settings: Settings,
  parsed: ReturnReference,
  asking: Asking,
): Promise<Returned | undefined> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, parsed.scope, parsed.objectKey);
  const attempt = intent?.attempts.find(({ ordinal }) => ordinal === parsed.ordinal);
  if (!intent || !attempt) return undefined;
  const learned = isOpen(attempt) ? await learn(deps, intent, () => learnSetup(deps, intent, attempt, asking)) : intent;
  const status = statusOf(learned, attempt);
  return attempt.returnUrl === undefined && intent.session !== undefined
    ? fromSession(deps, parsed.scope, intent.session, status)
    : destination(settings, attempt.returnUrl, 'setup_intent', setupIntentId(intent.body), status);
}

/**
 * Whom a Checkout Session has sent away: to its `success_url` once it is complete. Until the payment page is served, the others learn here how it
 * ended.
 */
async function fromSession(
  { table }: ReturnDeps,
  scope: Scope,
  objectKey: ObjectKey,
  status: RedirectStatus,
): Promise<Returned> {
  const session = await loadSession(table, scope, objectKey);
  return session?.status === 'complete' ? { status, location: successAddress(session) } : { status };
}

/** The payer is not held up by an error of ours: they go on with the status that was stored before. */
async function learn<T>(deps: ReturnDeps, before: T, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    deps.failed(error);
    return before;
  }
}

/** What became of the attempt, as far as is known: a passed challenge that leaves the money to another request has succeeded. */
function statusOf(
  { attempts }: { readonly attempts: Payment['attempts'] | SetupIntent['attempts'] },
  { ordinal }: { readonly ordinal: number },
): RedirectStatus {
  const returned = attempts.find((attempt) => attempt.ordinal === ordinal);
  const status = returned?.status;
  // The money of it goes back: the payment does not have it.
  if (returned && 'surplus' in returned && returned.surplus) return 'failed';
  if (status === 'authenticated' || status === 'authorized' || status === 'captured' || status === 'succeeded')
    return 'succeeded';
  return status === 'sent' || status === 'requires_action' ? 'pending' : 'failed';
}

/** The merchant's own address with the intent's id, its client secret and the status, as Stripe adds them. */
function destination(
  settings: Settings,
  url: string | undefined,
  name: 'payment_intent' | 'setup_intent',
  id: string,
  status: RedirectStatus,
): Returned {
  if (url === undefined) return { status };
  const back = new URL(url);
  back.searchParams.set(name, id);
  back.searchParams.set(`${name}_client_secret`, clientSecretOf(settings, id));
  back.searchParams.set('redirect_status', status);
  // A header holds ASCII only: the address goes out as a browser would write it.
  return { status, location: back.href };
}
