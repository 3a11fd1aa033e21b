/**
 * The sandbox in process, with our client to it: each request is a function call through the client's own encoding. The decisions are
 * the sandbox's. What is added here is what tests decide: when callbacks arrive, which responses are lost, and what third parties do.
 */

import type { Bank } from '../../functions/channels/port/bank.ts';
import type { AttemptOutcome, CallbackFact, ChannelAccount, DisputeFacts } from '../../functions/channels/port/port.ts';
import { sandboxBank } from '../../functions/channels/sandbox/bank.ts';
import { verifiedCallback } from '../../functions/channels/sandbox/callback.ts';
import { type SandboxChannel, sandboxChannel } from '../../functions/channels/sandbox/client.ts';
import { sandboxControls, type TestControls } from '../../functions/channels/sandbox/controls.ts';
import { attemptOutcome, readCharge } from '../../functions/channels/sandbox/wire.ts';
import type { HttpClient } from '../../functions/kernel/http-client.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { type OpenedAccount, openAccount } from '../../functions/sandbox/account.ts';
import type { SandboxDeps } from '../../functions/sandbox/api.ts';
import { type Plan, TIMINGS } from '../../functions/sandbox/behavior.ts';
import {
  chargeCallbacks,
  disputeCallbacks,
  refundCallbacks,
  type Scheduled,
  SIGNATURE_HEADER,
  signatureOf,
} from '../../functions/sandbox/callback.ts';
import { type Charge, finishChallenge, planOfParams, present as presented } from '../../functions/sandbox/charge.ts';
import { openDispute } from '../../functions/sandbox/dispute.ts';
import type { Payout } from '../../functions/sandbox/payout.ts';
import { failRefund, type Refund, refundStatusOf } from '../../functions/sandbox/refund.ts';
import { serve } from '../../functions/sandbox/routes.ts';
import { type Tombstone, writeAccount, writeCharge, writePayout, writeRefund } from '../../functions/sandbox/store.ts';
import { opened, type PayerResult, payerDecides } from '../../functions/sandbox/wallet.ts';
import { chargeView } from '../../functions/sandbox/wire.ts';
import { attributesOf } from '../../functions/table/dynamo-item.ts';
import { unpack } from '../../functions/table/pack.ts';
import { present, type Table, type Write } from '../../functions/table/table.ts';
import { type AcquirerState, newAcquirer, type Refusable } from './acquirer-state.ts';
import { planOfAnswer } from './bank.ts';
import { isCounted, requestOf } from './request-names.ts';
import { type ChargeSeen, type RefundSeen, seenCharge, seenRefund } from './seen.ts';

/** Called around each request of the client: a test throws here to lose the request or its response, or to stop the caller. */
export interface RequestHooks {
  readonly before?: (name: string, reference: string) => void | Promise<void>;
  readonly after?: (name: string, reference: string) => void | Promise<void>;
}

export interface Acquirer {
  readonly state: AcquirerState;
  /** Our client to it, and to its bank. */
  readonly client: SandboxChannel;
  readonly bankClient: Bank;
  readonly controls: TestControls;
  /** Opens an account, as an operator does. */
  readonly open: (further?: boolean) => Promise<OpenedAccount>;
  readonly charges: ReadonlyMap<string, ChargeSeen>;
  readonly refunds: ReadonlyMap<string, RefundSeen>;
  /** How often each request about a charge or refund was sent, whether it arrived or not. */
  readonly sent: ReadonlyMap<string, number>;
  /** Callbacks that have not been sent yet: a test delivers, repeats, reorders or drops them. */
  readonly callbacks: CallbackFact[];
  /** A charge is decided, whatever it was. No callback reports it. */
  decide(reference: ChannelReference, kind: 'authorized' | 'captured' | 'failed'): AttemptOutcome;
  /** From now on, requests of this kind take or hold this amount, whatever they ask for. */
  answerOver(kind: 'authorize' | 'capture', amount: bigint): void;
  /** From now on, requests of this kind are declined; an authorization is not accepted at any account. */
  refuse(kind: Refusable): void;
  /** The payer goes to their bank. */
  openDispute(reference: ChannelReference, kind: DisputeFacts['kind'], amount: bigint): void;
  /** The acquirer takes money for a charge whatever became of it before. */
  takeAnyway(reference: ChannelReference, amount: bigint): void;
  /** The payer finishes (or fails) the challenge of a charge. */
  finishChallenge(reference: ChannelReference, passed: boolean): void;
  /** The payer of an order opens its page, and presses a button where one is named. */
  payer(reference: ChannelReference, result?: PayerResult): void;
  /** The issuer sends a refund back that had succeeded. */
  takeBackRefund(reference: ChannelReference): void;
  /** The record of a charge or refund becomes another one, without a callback: its books are wrong, or ours. */
  alterCharge(reference: string, change: (charge: Charge) => Charge): void;
  alterRefund(reference: string, change: (refund: Refund) => Refund): void;
  alterPayout(reference: string, change: (payout: Payout) => Payout): void;
  /** Its record of a charge, refund or payout is lost. */
  forget(...references: readonly string[]): Promise<void>;
}

const URL_PREFIX = 'http://acquirer.test/sandbox';
const CALLBACK_URL = 'http://callbacks.test/{account}';

/** What is decided later waits for a test to decide it; 30 years is what the wire's instants still hold. */
const LATER_MS = 30 * 365 * 24 * 3_600_000;
const TIMES = {
  ...TIMINGS,
  decideMs: LATER_MS,
  callbackMs: 0,
  lateCallbackMs: 0,
  refundMs: 0,
  verdictMs: 0,
};

/** Issuers of this acquirer raise no hold beyond this. */
const HIGHEST_HOLD = 30_000n;

/** Same text each time: equal requests leave equal records behind. */
const sameText = (count: number): string => `A${'1'.padStart(count - 1, '0')}`;

export function acquirer(
  nowMs: () => number,
  hooks: RequestHooks = {},
  state: AcquirerState = newAcquirer(),
): Acquirer {
  const { table, charges, refunds, payouts, accounts, callbacks, announced, refused, amounts, sent } = state;

  /** Keeps what is written as it is read. */
  const note = (write: Write): void => {
    if (write.kind !== 'put' || !write.item.doc) return;
    const doc = unpack<Charge | Refund | Payout | Tombstone>(write.item.doc as Uint8Array);
    if (!('params' in doc)) return;
    if (write.item.sk === 'charge') charges.set(doc.params.reference, doc as Charge);
    if (write.item.sk === 'refund') refunds.set(doc.params.reference, doc as Refund);
    if (write.item.sk === 'payout') payouts.set(doc.params.reference, doc as Payout);
  };
  const noting: Table = {
    get: table.get.bind(table),
    getMany: table.getMany.bind(table),
    query: table.query.bind(table),
    async commit(...writes) {
      await table.commit(...writes);
      for (const write of writes) note(write);
    },
  };
  const store = (write: Write): void => {
    if (write.kind !== 'put') throw new Error('a record is put');
    table.store('sandbox', attributesOf({ ...write.item }));
    note(write);
  };

  const announce = (scheduled: readonly Scheduled[]): void => {
    for (const { callback, delayMs } of scheduled) {
      // What is not decided yet is not announced yet.
      if (delayMs >= LATER_MS) continue;
      const { callbackSecret } = accounts.get(callback.account)!;
      const headers = { [SIGNATURE_HEADER]: signatureOf(callback.body, callbackSecret, nowMs()) };
      const verified = verifiedCallback(Buffer.from(callback.body), headers, [callbackSecret], nowMs());
      if (!verified) throw new Error(`the callback cannot be verified: ${callback.body}`);
      callbacks.push(...verified.facts);
      for (const fact of verified.facts)
        if (fact.about === 'dispute')
          announced.set(fact.reference, [...(announced.get(fact.reference) ?? []), fact.dispute]);
    }
  };

  const adjusted = (plan: Plan): Plan => ({
    ...plan,
    ...(amounts.has('authorize') && { approves: amounts.get('authorize')! }),
    ...(amounts.has('capture') && { captures: amounts.get('capture')! }),
    ...(refused.has('authorize') && { notAccepted: 'anywhere' }),
    ...(refused.has('capture') && { capture: 'fails' }),
    ...(refused.has('increment') && { increment: 'declined' }),
    ...(refused.has('void') && { void: 'fails' }),
    ...(refused.has('refund') && { refund: 'fails' }),
    highestHold: HIGHEST_HOLD,
  });

  const deps: SandboxDeps = {
    table: noting,
    clock: { nowMs, sleep: async () => {} },
    random: sameText,
    timings: {
      ...TIMES,
      get payoutMs() {
        return state.bank.kind === 'pending' ? LATER_MS : 0;
      },
    },
    adjust: adjusted,
    bankPlanOf: () => planOfAnswer(state.bank),
    publicUrl: URL_PREFIX,
    schedule: async (scheduled) => announce(scheduled),
  };

  const http: HttpClient = async ({ method, url, headers, body = '' }) => {
    const path = url.slice(url.indexOf('/sandbox'));
    const { name, reference, operation } = requestOf(path, String(body));
    const request = `${name} ${reference} ${operation ?? ''}`.trimEnd();
    if (isCounted(name)) sent.set(request, (sent.get(request) ?? 0) + 1);
    await hooks.before?.(name, reference);
    const answer = await serve(deps, { method, path, authorization: headers?.authorization, body: Buffer.from(body) });
    await hooks.after?.(name, reference);
    return { ...answer, body: Buffer.from(answer.body) };
  };

  const chargeOf = (reference: string): Charge => {
    const charge = charges.get(reference);
    if (!charge) throw new Error(`no charge ${reference} at the acquirer`);
    return charge;
  };
  /** Puts the successor of a charge in its place. */
  const change = (before: Charge, after: Omit<Charge, 'version'>): Charge => {
    const changed = { ...after, version: before.version + 1 };
    store(writeCharge(changed, nowMs()));
    return changed;
  };
  const tell = (charge: Charge): void => announce(chargeCallbacks(charge, nowMs(), TIMES, URL_PREFIX));
  const apiKey = async ({ account }: ChannelAccount): Promise<string> => accounts.get(account)!.apiKey;

  return {
    state,
    callbacks,
    sent,
    client: sandboxChannel({ http, baseUrl: URL_PREFIX, apiKey }),
    bankClient: sandboxBank({ http, baseUrl: URL_PREFIX, apiKey }),
    controls: sandboxControls({ http, baseUrl: URL_PREFIX, apiKey }),
    get charges() {
      return seen(charges, (charge) => seenCharge(charge, nowMs()));
    },
    get refunds() {
      return seen(refunds, (refund) => seenRefund(refund, nowMs()));
    },
    async open(further = false) {
      const digits = String(accounts.size + 1);
      const { record, opened } = openAccount(CALLBACK_URL, nowMs(), (count) => digits.padStart(count, '0'), further);
      await table.commit(writeAccount(record));
      accounts.set(opened.account, opened);
      return opened;
    },
    decide(reference, kind) {
      const { presentment: _, challenge, ...charge } = chargeOf(reference);
      const decided = change(chargeOf(reference), {
        ...charge,
        // An acquirer may hold what it was asked to take.
        params: { ...charge.params, capture: charge.params.capture && kind !== 'authorized' },
        decidedMs: nowMs(),
        decision: kind === 'failed' ? 'authentication_failed' : 'approved',
        ...(challenge && { challenge: { ...challenge, state: kind === 'failed' ? 'failed' : 'completed' } }),
      });
      const { amount, capture } = charge.params;
      const after = kind === 'captured' && !capture ? change(decided, presented(decided, amount)) : decided;
      const outcome = attemptOutcome(readCharge(chargeView(after, nowMs(), URL_PREFIX))!);
      if (outcome.kind !== kind) throw new Error(`the charge is ${outcome.kind} and cannot be ${kind}`);
      return outcome;
    },
    answerOver: (kind, amount) => void amounts.set(kind, amount),
    refuse: (kind) => void refused.add(kind),
    openDispute(reference, kind, amount) {
      const charge = chargeOf(reference);
      const disputes = charge.disputes ?? [];
      const opened = openDispute({ id: `${disputes.length + 1}`, kind, reason: 'fraudulent', amount }, nowMs());
      const disputed = change(charge, { ...charge, disputes: [...disputes, opened] });
      announce(disputeCallbacks(disputed, charge, nowMs(), TIMES));
    },
    takeAnyway(reference, amount) {
      const charge = chargeOf(reference);
      tell(change(charge, presented(charge, amount)));
    },
    finishChallenge(reference, passed) {
      const charge = chargeOf(reference);
      if (charge.challenge?.state !== 'open') throw new Error(`no challenge for ${reference}`);
      tell(change(charge, finishChallenge(charge, passed ? 'complete' : 'fail', nowMs())));
    },
    payer(reference, result) {
      const found = opened(chargeOf(reference), nowMs());
      const shown = found === chargeOf(reference) ? found : change(chargeOf(reference), found);
      if (result === undefined) return;
      const decided = payerDecides(shown, result, nowMs(), TIMES, planOfParams(shown.params, adjusted));
      if (decided === shown) throw new Error(`order ${reference} does not wait for its payer`);
      tell(change(shown, decided));
    },
    takeBackRefund(reference) {
      const refund = refunds.get(reference)!;
      const charge = chargeOf(refund.params.charge);
      if (refundStatusOf(refund, nowMs()) !== 'succeeded') return;
      const failed = failRefund(refund, charge, nowMs())!;
      store(writeRefund(failed.refund, nowMs()));
      change(charge, failed.charge);
      announce(refundCallbacks(failed.refund, charge, nowMs(), TIMES));
    },
    alterCharge(reference, alter) {
      change(chargeOf(reference), alter(chargeOf(reference)));
    },
    alterRefund(reference, alter) {
      const refund = refunds.get(reference)!;
      store(writeRefund({ ...alter(refund), version: refund.version + 1 }, nowMs()));
    },
    alterPayout(reference, alter) {
      store(writePayout(alter(payouts.get(reference)!), nowMs()));
    },
    async forget(...references) {
      for (const reference of references) {
        const { pk, sk } = table.items('sandbox').find((item) => item.pk.endsWith(`#${reference}`))!;
        for (const records of [charges, refunds, payouts]) records.delete(reference);
        await table.commit({ kind: 'delete', table: 'sandbox', key: { pk, sk }, when: present });
      }
    },
  };
}

const seen = <Record, Seen>(records: Map<string, Record>, see: (record: Record) => Seen): ReadonlyMap<string, Seen> =>
  new Map([...records].map(([reference, record]) => [reference, see(record)]));
