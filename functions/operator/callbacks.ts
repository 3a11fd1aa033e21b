/** The callbacks of an account as they are stored, whether each is applied, and one of them once more. */
import { createHash } from 'node:crypto';
import { listCallbacks, loadCallback, type StoredCallback } from '../channels/callbacks/store.ts';
import type { CallbackFact, CallbackMessage, ChannelAccount } from '../channels/port/port.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type Applied, applyCallback, MustWait } from '../recovery/apply-callback.ts';
import type { Table } from '../table/table.ts';
import { CommandError } from './command-error.ts';

export interface CallbackDeps {
  /** Of a function that learns of attempts and makes none. */
  readonly payments: PaymentsDeps;
  /** Puts the message on the callbacks queue; resolves once it is durable. */
  readonly enqueue: (message: CallbackMessage, group: string, deduplication: string) => Promise<void>;
}

/**
 * applied: the record shows it. not_applied: applying it would change the record. contradicts: the record says otherwise, and keeps it.
 * unknown_object: no object of this account has the reference. named_by_channel: it names its payment as the channel does, which only the channel resolves.
 * unreadable: 0.1 stored its bytes alone.
 */
export type CallbackState =
  | 'applied'
  | 'not_applied'
  | 'contradicts'
  | 'unknown_object'
  | 'named_by_channel'
  | 'unreadable';

export interface RenderedCallback {
  readonly id: string;
  readonly received: string;
  /** The channel's own name of the message. */
  readonly message: string;
  readonly about: CallbackFact['about'] | null;
  readonly reference: string | null;
  readonly outcome: string | null;
  readonly state: CallbackState;
  readonly bytes: number;
}

export interface CallbackPage {
  readonly callbacks: readonly RenderedCallback[];
  /** Where the next page begins; absent on the last one. */
  readonly after?: string;
}

/** A page of the account's callbacks, newest first, each compared with the record that it is about. Changes nothing. */
export async function renderCallbacks(
  deps: CallbackDeps,
  account: ChannelAccount,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<CallbackPage> {
  const { callbacks, after } = await listCallbacks(deps.payments.table, account, page);
  const rows = callbacks.map(async (callback) => rendered(callback, await stateOf(deps, callback)));
  return { callbacks: await Promise.all(rows), ...(after !== undefined && { after }) };
}

function rendered({ id, receivedMs, dedupe, raw, message }: StoredCallback, state: CallbackState): RenderedCallback {
  return {
    id,
    received: new Date(receivedMs).toISOString(),
    message: dedupe,
    about: message?.fact.about ?? null,
    reference: message?.fact.reference ?? null,
    outcome: message?.fact.outcome.kind ?? null,
    state,
    bytes: raw.length,
  };
}

const STATES: Readonly<Record<Applied, CallbackState>> = {
  applied: 'not_applied',
  differs: 'not_applied',
  known: 'applied',
  weaker: 'contradicts',
  foreign: 'unknown_object',
};

/** The record would change. */
class WouldChange extends Error {
  override readonly name = 'WouldChange';
}

/** Applies the callback to a table that refuses every write: what happens shows its state. */
async function stateOf({ payments }: CallbackDeps, { message }: StoredCallback): Promise<CallbackState> {
  if (!message) return 'unreadable';
  if (message.fact.about === 'dispute_of') return 'named_by_channel';
  const dry: PaymentsDeps = {
    ...payments,
    table: unwritable(payments.table),
    contradicted: () => {},
    applyDisputes: async () => {},
  };
  try {
    return STATES[await applyCallback(dry, message, () => false)];
  } catch (error) {
    if (error instanceof WouldChange || error instanceof MustWait) return 'not_applied';
    throw error;
  }
}

const unwritable = (table: Table): Table => ({
  get: (name, key) => table.get(name, key),
  getMany: (reads, consistency) => table.getMany(reads, consistency),
  query: (name, query) => table.query(name, query),
  commit: async () => {
    throw new WouldChange();
  },
});

/**
 * Puts a stored callback on the queue again, to be applied as if the channel had sent it again: what the record shows already changes nothing.
 * @throws CommandError for an id that the account does not have, and for a callback that 0.1 stored
 */
export async function replayCallback(
  { payments, enqueue }: CallbackDeps,
  account: ChannelAccount,
  id: string,
): Promise<{ readonly replayed: string; readonly reference: string }> {
  const callback = await loadCallback(payments.table, account, id);
  if (!callback) throw new CommandError(`callback: ${account.channel}/${account.account} has no callback ${id}`);
  const { message } = callback;
  if (!message)
    throw new CommandError('callback: an earlier release stored its bytes alone; let the channel send it again');
  // The queue drops what it took within five minutes: each replay is a message of its own.
  const deduplication = createHash('sha256')
    .update(`replay|${id}|${payments.random(20)}`)
    .digest('hex');
  await enqueue(message, message.fact.reference, deduplication);
  return { replayed: id, reference: message.fact.reference };
}
