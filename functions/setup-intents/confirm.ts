/**
 * One try of a setup intent at the channel: the first commit is made before the card is verified, the outcome after, and with a success
 * the card becomes the customer's in the same transaction. A retry after a crash queries the channel, and sends nothing.
 */

import { refused } from '../api/errors.ts';
import { lockedOut, racesLost } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { accountFor } from '../channels/routing/routing.ts';
import { channelReference } from '../kernel/ids.ts';
import type { Acceptance } from '../payment-methods/acceptance.ts';
import { type AttachWrites, setUpWrites } from '../payment-methods/attachment.ts';
import { type CardMethodFacts, instrumentOf } from '../payment-methods/facts.ts';
import { loadMethod, type MethodRecord, methodFacts } from '../payment-methods/method.ts';
import { type Asking, foundAt, isQueried, resumed, settledFromMs } from '../payments/ask.ts';
import { isOpen } from '../payments/attempt.ts';
import { isOurFault } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { formPageFor } from '../payments/new-attempt.ts';
import { returnAddressOf } from '../payments/return-address.ts';
import { type Change, commitChange } from '../table/commit.ts';
import { loadRecord, nextRecord, recordOf, requestOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import {
  applySetupOutcome,
  isSetupOpen,
  lastSetupAttempt,
  SETUP_INTENT,
  type SetupAttempt,
  type SetupIntent,
} from './setup-intent.ts';
import { putSetupIntent } from './store.ts';
import { replyOfSetup } from './wire.ts';

/**
 * What a setup intent copies of a method: a card, for a wallet's owner approves each payment there.
 * @throws 400 for a wallet
 */
export function setUpFacts(record: MethodRecord): CardMethodFacts {
  const facts = methodFacts(record);
  if (facts.type === undefined) return facts;
  throw refused(
    `The PaymentMethod provided (${facts.type}) is not allowed for this SetupIntent. Please attach a PaymentMethod of one of the following types: card.`,
    { param: 'payment_method' },
  );
}

/** The intent with a fresh try: `processing` from here until an outcome is committed. */
export function startedSetup(
  deps: Pick<PaymentsDeps, 'channel' | 'returnUrl'>,
  call: Call,
  intent: SetupIntent,
  method: CardMethodFacts,
  options: {
    readonly returnUrl?: string | undefined;
    readonly acceptance?: Acceptance | undefined;
    readonly nowMs: number;
  },
): SetupIntent {
  const ordinal = intent.attempts.length + 1;
  const currency = call.caller.settings.defaultCurrency;
  const reference = channelReference(intent.scope, intent.body, ordinal);
  const { channel } = accountFor(deps, call.caller, { type: 'card', amount: 0n, currency, held: false });
  const attempt: SetupAttempt = {
    ordinal,
    status: 'sent',
    reference,
    channel,
    method,
    ...formPageFor(deps, call, channel, method, reference),
    createdMs: options.nowMs,
    ...(options.returnUrl !== undefined && { returnUrl: options.returnUrl }),
    ...(intent.requestChallenge && { wantsChallenge: true }),
    ...(options.acceptance && { acceptance: options.acceptance }),
    ...(call.lock.keyHash !== undefined && { keyHash: call.lock.keyHash }),
  };
  return { ...intent, status: 'processing', method, attempts: [...intent.attempts, attempt] };
}

/** Verifies the card of a started try and commits what came of it. */
export async function sendSetup(deps: PaymentsDeps, call: Call, started: SetupIntent): Promise<Reply> {
  const attempt = lastSetupAttempt(started)!;
  const request = {
    reference: attempt.reference,
    account: attempt.channel,
    createdMs: attempt.createdMs,
    amount: 0n,
    currency: call.caller.settings.defaultCurrency,
    capture: false,
    instrument: instrumentOf(attempt.method),
    offSession: false,
    ...(attempt.wantsChallenge && { wantsChallenge: true }),
    returnUrl: returnAddressOf(deps.returnUrl, call.caller.settings, attempt.reference),
  };
  const outcome =
    attempt.method.source.kind === 'vault'
      ? await deps.vault.forward({ scope: started.scope, request })
      : await deps.channel(attempt.channel.channel).authorize(request);
  return answerSetup(deps, call, started, attempt, outcome);
}

/** Carries on a request that died after its first commit: asks the channel what became of the try and answers that. */
export async function resumeSetup(
  deps: PaymentsDeps,
  call: Call,
  intent: SetupIntent,
  attempt: SetupAttempt,
): Promise<Reply> {
  const outcome = attempt.status === 'sent' ? await askSetup(deps, attempt) : undefined;
  return answerSetup(deps, call, intent, attempt, outcome);
}

/**
 * What the channel says of a try when asked; one that it does not know after its settling time never arrived. The same is taken for granted at a channel
 * without a query: a try holds no money that had to be released, and a success that is reported later is still one.
 */
async function askSetup(
  deps: Pick<PaymentsDeps, 'channel' | 'clock'>,
  attempt: SetupAttempt,
  asking: Asking = {},
): Promise<AttemptOutcome> {
  const { asOfMs = deps.clock.nowMs(), parameters = {} } = asking;
  const channel = deps.channel(attempt.channel.channel);
  const found = await foundAt(channel, attempt, asking);
  const isUnknown = found.kind === 'not_found' || (found.kind === 'unknown' && !isQueried(channel));
  if (found.kind === 'approved' && channel.resume) return resumed(channel, attempt, found, parameters);
  if (!isUnknown) return found;
  if (asOfMs <= settledFromMs(attempt, channel.timing)) return { kind: 'unknown', reason: 'not found yet' };
  const message = 'An error occurred while processing your card. Try again in a little bit.';
  return { kind: 'failed', decline: { code: 'processing_error', message } };
}

async function answerSetup(
  deps: PaymentsDeps,
  call: Call,
  intent: SetupIntent,
  attempt: SetupAttempt,
  outcome: AttemptOutcome | undefined,
): Promise<Reply> {
  if (outcome) reportOurFault(deps, intent, attempt, outcome);
  const learned = outcome
    ? await commitSetup(deps, intent, (current) =>
        applySetupOutcome(current, attempt.ordinal, outcome, deps.clock.nowMs(), requestOf(call)),
      )
    : intent;
  // What the request read when it began may be older than a return that was committed beside it.
  const committed = learned === intent ? await mustLoad(deps.table, intent) : learned;
  return replyOfSetup(committed, attempt.ordinal, call.caller.settings);
}

/**
 * Commits `change(intent)`; when someone else wrote first, again from what they wrote. `change` returns undefined when there is nothing
 * (more) to write.
 * @throws lock_timeout when the race is lost too often
 */
export async function commitSetup(
  { table, companions }: Pick<PaymentsDeps, 'table' | 'companions'>,
  intent: SetupIntent,
  change: (current: SetupIntent) => SetupIntent | undefined,
): Promise<SetupIntent> {
  let saving = true;
  const outcome: Change<SetupIntent, 'intent' | 'companions' | keyof AttachWrites> = {
    apply: change,
    async writes(current, changed) {
      const [saved, moved] = await Promise.all([
        saving ? saveWrites(table, current, changed) : undefined,
        companions(table, 'setup', current, changed),
      ]);
      return { intent: putSetupIntent(current, changed), ...saved, companions: moved };
    },
    async newest({ on, old }, current, left) {
      if (on === 'intent') return old ? recordOf(SETUP_INTENT, old) : mustLoad(table, intent);
      // The intent ends all the same: a card that goes on changing is not saved in the last attempt, and never when its customer is gone.
      if (on === 'method') saving = left > 1;
      else if (on !== 'companions') saving = false;
      return current;
    },
  };
  return (await commitChange(table, intent, outcome, racesLost)).value;
}

async function mustLoad(table: Table, { scope, body }: SetupIntent): Promise<SetupIntent> {
  const intent = await loadRecord(table, SETUP_INTENT, scope, body);
  if (!intent) throw new Error(`setup intent ${body} is gone`);
  return intent;
}

/** With the success the card is the customer's, set up for later. */
async function saveWrites(table: Table, before: SetupIntent, after: SetupIntent): Promise<Partial<AttachWrites>> {
  if (after.status !== 'succeeded' || before.status === 'succeeded' || !after.method || !after.customer) return {};
  const record = await loadMethod(table, after.scope, after.method.id);
  return record ? setUpWrites(record, after.customer, after.committedMs, after.request) : {};
}

/**
 * Notifies the operator when the channel refused the try because our own account or request is wrong, as for payments. `attempt`: as it was
 * before.
 */
export function reportOurFault(
  deps: Pick<PaymentsDeps, 'contradicted'>,
  { scope }: SetupIntent,
  attempt: SetupAttempt,
  outcome: AttemptOutcome,
): void {
  if (isOurFault(outcome) && isOpen(attempt))
    deps.contradicted({ scope, reference: attempt.reference, outcome: 'configuration' });
}

/** Asks the channel about the try and commits the answer. Returns the intent as it stands then. */
export async function learnSetup(
  deps: Pick<PaymentsDeps, 'table' | 'companions' | 'channel' | 'clock' | 'contradicted'>,
  intent: SetupIntent,
  attempt: SetupAttempt,
  asking?: Asking,
): Promise<SetupIntent> {
  const outcome = await askSetup(deps, attempt, asking);
  reportOurFault(deps, intent, attempt, outcome);
  return commitSetup(deps, intent, (current) =>
    applySetupOutcome(current, attempt.ordinal, outcome, deps.clock.nowMs()),
  );
}

/** The janitor's recheck of one that waits for an outcome; `waiting` while it only waits for the payer. */
export async function resolveSetupIntent(
  deps: PaymentsDeps,
  intent: SetupIntent,
  asOfMs: number,
): Promise<'done' | 'open' | 'waiting'> {
  const attempt = lastSetupAttempt(intent);
  if (!attempt || !isSetupOpen(intent)) return 'done';
  const committed = await learnSetup(deps, intent, attempt, { asOfMs });
  if (committed.status === 'requires_action') return 'waiting';
  return isSetupOpen(committed) ? 'open' : 'done';
}

/** The intent as its next version, committed; someone else's write in between is a lock. @throws lock_timeout */
export async function writeSetup(deps: PaymentsDeps, call: Call, intent: SetupIntent, changes: Partial<SetupIntent>) {
  const after = nextRecord<SetupIntent>(intent, deps.clock.nowMs(), changes, requestOf(call));
  await deps.table.commit(putSetupIntent(intent, after)).catch(lockedOut);
  return after;
}
