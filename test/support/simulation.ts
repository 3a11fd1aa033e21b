/**
 * The product in memory, deterministic: one seed decides every id, the clock moves by hand, the channel answers at once. A test
 * breaks one call at a time and lets retries, redeliveries and the janitor find the way back.
 */
import type { CardChannel } from '../../functions/channels/card.ts';
import type { CallbackFact, CallbackMessage } from '../../functions/channels/port.ts';
import { accounts } from '../../functions/ledger/accounts.ts';
import { entryId, fold, type JournalEntry } from '../../functions/ledger/entry.ts';
import { entryOf } from '../../functions/ledger/store.ts';
import { commitOfItem } from '../../functions/notifications/store.ts';
import { takeCallback } from '../../functions/payments/callback.ts';
import type { Dispute } from '../../functions/payments/dispute.ts';
import type { Payment, Refund } from '../../functions/payments/payment.ts';
import { isSurplus } from '../../functions/payments/payment.ts';
import { paymentOf, refundOf } from '../../functions/payments/store.ts';
import { runStep, type SettlementState, type StepName } from '../../functions/settlement/step.ts';
import { BASE62, parseChannelReference, type Scope } from '../../functions/shared/ids.ts';
import { packJson } from '../../functions/shared/pack.ts';
import { recordOf } from '../../functions/shared/record.ts';
import { apiOf, eventOf } from './api.ts';
import { runMachine } from './machine.ts';
import { type MemoryBank, memoryBank } from './memory-bank.ts';
import { type MemoryChannel, memoryChannel } from './memory-channel.ts';
import { memoryTable, type TableCall } from './memory-table.ts';
import { scopeOf, type World, world } from './world.ts';

/** The process died: nothing that it would have done after this happens. */
export class Died extends Error {}
/** The call failed, or its answer was lost; the process goes on. */
export class Unheard extends Error {}

/** Which call breaks, and how. `n` counts table calls and channel calls of the faulty operation, before and after each. */
export interface Fault {
  readonly n: number;
  readonly how: 'dies' | 'unheard';
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly replayed: boolean;
}

export interface Simulation {
  readonly world: World;
  readonly channel: MemoryChannel;
  readonly bank: MemoryBank;
  readonly scope: Scope;
  readonly request: (
    method: 'GET' | 'POST',
    path: string,
    params?: Record<string, string>,
    key?: string,
  ) => Promise<Answer>;
  /** Runs `operation` with a fault; tells how many points it passed, which is where an enumeration ends. */
  readonly broken: (fault: Fault, operation: () => Promise<unknown>) => Promise<number>;
  /** Delivers what the channel has to say, each so often, newest first if told. */
  readonly deliverCallbacks: (options?: { readonly times?: number; readonly reversed?: boolean }) => Promise<void>;
  /** Takes one callback, of the merchant's own account unless told otherwise. */
  readonly takeOne: (fact: CallbackFact, changes?: Partial<CallbackMessage>) => ReturnType<typeof takeCallback>;
  readonly move: (ms: number) => void;
  /** Settles everything up to now (or to what is told), as an execution of the state machine does; nothing else runs meanwhile but the queues. */
  readonly settle: (throughMs?: number) => Promise<SettlementState>;
  readonly janitor: () => Promise<void>;
  /** Called when a request is on its way to the channel and has not arrived. */
  onChannel: ((name: string, reference: string) => Promise<void>) | undefined;
  onBank: ((name: string, reference: string, when: 'before' | 'after') => Promise<void>) | undefined;
}

function seeded(seed: number): (count: number) => string {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return (count) => Array.from({ length: count }, () => BASE62.charAt(next() % 62)).join('');
}

export async function simulate(seed = 1): Promise<Simulation> {
  let nowMs = Date.UTC(2027, 0, 15, 12);
  // A deadline that races with a call never wins here: time moves only by hand.
  const clock = { nowMs: () => nowMs, sleep: () => new Promise<void>(() => {}) };
  const table = memoryTable();
  let passed = 0;
  let opened = 0;
  let fault: Fault | undefined;
  let dead = false;
  const point = (): void => {
    if (!fault) return;
    if (dead) throw new Died();
    passed += 1;
    if (passed !== fault.n) return;
    if (fault.how === 'dies') dead = true;
    throw fault.how === 'dies' ? new Died() : new Unheard();
  };
  table.onCall = (_call: TableCall) => point();
  let onChannel: Simulation['onChannel'];
  const channel = memoryChannel(undefined, {
    before: async (name, reference) => {
      point();
      await onChannel?.(name, reference);
    },
    after: point,
  });
  let onBank: Simulation['onBank'];
  const bank = memoryBank({
    before: async (name, reference) => {
      point();
      await onBank?.(name, reference, 'before');
    },
    after: async (name, reference) => {
      point();
      await onBank?.(name, reference, 'after');
    },
  });
  const made = world({
    table,
    clock,
    random: seeded(seed),
    channel: () => () => heard(channel),
    openSandbox: async () => {
      opened += 1;
      return { account: `acc${opened}`, credentials: { apiKey: 'key', callbackSecrets: ['secret'] } };
    },
    bank: () => bank,
  });
  const merchant = await made.merchant();
  const api = apiOf(made);

  const takeOne: Simulation['takeOne'] = (fact, changes) => {
    const message: CallbackMessage = {
      channel: 'sandbox',
      account: 'acc1',
      livemode: false,
      dedupe: JSON.stringify(fact, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      rawBase64: '',
      receivedMs: nowMs,
      fact,
      ...changes,
    };
    return takeCallback(made.payments, packJson(message));
  };

  return {
    world: made,
    channel,
    bank,
    scope: scopeOf(table, merchant),
    takeOne,
    move: (ms) => {
      nowMs += ms;
    },
    async request(method, path, params = {}, key) {
      const body = new URLSearchParams(params).toString();
      const headers = {
        authorization: `Bearer ${merchant.test.secretKey}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const result = await api(
        eventOf(method, new URL(path, 'http://api'), headers, Buffer.from(method === 'POST' ? body : '')),
      );
      return {
        status: result.statusCode!,
        body: JSON.parse(result.body!) as Record<string, unknown>,
        replayed: result.headers?.['idempotent-replayed'] === 'true',
      };
    },
    async broken(wanted, operation) {
      passed = 0;
      dead = false;
      fault = wanted;
      await operation().catch(() => undefined);
      fault = undefined;
      return passed;
    },
    async deliverCallbacks({ times = 1, reversed = false } = {}) {
      const facts = channel.callbacks.splice(0);
      if (reversed) facts.reverse();
      for (let time = 0; time < times; time++) for (const fact of facts) await takeOne(fact);
    },
    settle: (throughMs = nowMs) =>
      runMachine<SettlementState>(
        { scope: scopeOf(table, merchant), date: '2027-01-15', throughMs, force: true, status: 'waiting' },
        (step, state) => runStep(made.settlement, step as StepName, state),
        async (seconds) => {
          nowMs += seconds * 1_000;
          await made.runQueues();
        },
      ),
    async janitor() {
      const { failures } = await made.janitor(nowMs);
      made.failures.push(...failures.map(({ error }) => String(error)));
    },
    get onBank() {
      return onBank;
    },
    set onBank(called) {
      onBank = called;
    },
    get onChannel() {
      return onChannel;
    },
    set onChannel(called) {
      onChannel = called;
    },
  };
}

/** The port's rule: a channel client never throws; what broke is unknown. A process that died hears nothing. */
function heard(channel: MemoryChannel): CardChannel {
  const unknown = { kind: 'unknown', reason: 'not heard' } as const;
  const guard = async <T>(promise: Promise<T>, otherwise: T): Promise<T> =>
    promise.catch((error: unknown) => {
      if (error instanceof Unheard) return otherwise;
      throw error;
    });
  return {
    authorizeCard: (request) => guard(channel.authorize(request), unknown),
    authorize: (request) => guard(channel.authorize(request), unknown),
    capture: (request) => guard(channel.capture(request), unknown),
    void: (request) => guard(channel.void(request), unknown),
    refund: (request) => guard(channel.refund(request), unknown),
    queryAttempt: (reference, account) =>
      guard(channel.queryAttempt(reference, account), { attempt: unknown, operations: new Map() }),
    queryRefund: (reference, account) => guard(channel.queryRefund(reference, account), unknown),
    answerDispute: (request) => guard(channel.answerDispute(request), unknown),
  };
}

export interface EndState {
  readonly payments: readonly string[];
  readonly refunds: readonly string[];
  readonly disputes: readonly string[];
  readonly entries: readonly string[];
  readonly events: readonly string[];
  readonly channel: readonly string[];
}

const aggregates = (sim: Simulation) => {
  const items = sim.world.table.items('payments');
  return {
    payments: items.filter((item) => item.kind === 'payment').map(paymentOf),
    refunds: items.filter((item) => item.kind === 'refund').map(refundOf),
    disputes: items.filter((item) => item.kind === 'dispute').map((item) => recordOf<Dispute>(item)),
  };
};
const journal = (sim: Simulation): readonly JournalEntry[] =>
  sim.world.table.items('ledger').flatMap((item) => (item.pk.includes('#j#') ? [entryOf(item)] : []));

/** What is left in the end, without the times and ids that differ from run to run. */
export function endState(sim: Simulation): EndState {
  const { payments, refunds, disputes } = aggregates(sim);
  const describe = (payment: Payment): string =>
    `${payment.status} captured ${payment.capture?.amount ?? 0n} refunded ${payment.refunded} attempts ${payment.attempts.map((attempt) => attempt.status).join(',')}${payment.pending ? ' pending' : ''}`;
  const describeRefund = (refund: Refund): string => `${refund.status} ${refund.amount}`;
  const events = sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []));
  return {
    payments: payments.map(describe).sort(),
    refunds: refunds.map(describeRefund).sort(),
    disputes: disputes
      .map(
        ({ status, amount, submissions, pending }) => `${status} ${amount} ${submissions}${pending ? ' pending' : ''}`,
      )
      .sort(),
    entries: journal(sim)
      .map((entry) => `${entry.type} ${entry.legs.map((leg) => `${leg.side} ${leg.account} ${leg.amount}`).join(' ')}`)
      .sort(),
    // Whether `processing` was announced depends on who looked when; what became of it does not.
    events: events.filter((type) => type !== 'payment_intent.processing').sort(),
    channel: [...sim.channel.charges.values()]
      .map((charge) => `${charge.request.amount} captured ${charge.captured}`)
      .sort(),
  };
}

/** Invariants of design §2 that can be told from the end state. Returns what does not hold. */
export function violations(sim: Simulation): readonly string[] {
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  const { payments, refunds } = aggregates(sim);
  const entries = journal(sim);
  for (const entry of entries) {
    const sum = entry.legs.reduce((total, leg) => total + (leg.side === 'debit' ? leg.amount : -leg.amount), 0n);
    expect(sum === 0n, `I1 ${entryId(entry)} balances`);
  }
  expect(new Set(entries.map(entryId)).size === entries.length, 'I4 one entry per type, business id and step');
  const totals = fold(entries);
  for (const [currency, byAccount] of totals) {
    expect([...byAccount.values()].reduce((sum, amount) => sum + amount, 0n) === 0n, `I2 trial balance of ${currency}`);
    for (const item of sim.world.table.items('ledger').filter(({ pk, sk }) => pk.endsWith('#b') && sk === currency)) {
      expect(-(byAccount.get(accounts.available) ?? 0n) === item.available, 'I5 available is the fold of its entries');
    }
  }
  for (const payment of payments) {
    const captured = payment.capture?.amount ?? 0n;
    const ofPayment = refunds.filter((refund) => refund.payment === payment.body);
    const live = ofPayment
      .filter((refund) => refund.status !== 'failed')
      .reduce((sum, refund) => sum + refund.amount, 0n);
    expect(captured <= payment.amount, 'I6 captured ≤ authorised');
    expect(live === payment.refunded && live <= captured, 'I6 refunded ≤ captured, and counted');
    expect(
      payment.status !== 'processing' || payment.attempts.at(-1)?.status === 'sent',
      'I15 processing means that an outcome is awaited',
    );
    const atChannel = [...sim.channel.charges.values()].filter(
      (charge) => parseChannelReference(charge.request.reference)?.body === payment.body,
    );
    expect(atChannel.length <= payment.attempts.length, 'I15 never sent twice');
    const taken = atChannel.reduce((sum, charge) => sum + charge.captured, 0n);
    const known = captured + payment.attempts.filter(isSurplus).reduce((sum, attempt) => sum + attempt.amount, 0n);
    if (payment.status !== 'processing' && !payment.pending)
      expect(taken === known, `I11 the channel took ${taken}, we know of ${known}`);
  }
  const terminal = payments.every((payment) => payment.status === 'succeeded' || payment.status === 'canceled');
  const memo = [...totals.values()].reduce((sum, byAccount) => sum + (byAccount.get(accounts.authHold) ?? 0n), 0n);
  expect(!terminal || memo === 0n, 'I7 the authorisation memo is zero once payments are terminal');
  return wrong;
}
