/** The record of one statement that was booked, and the entries that follow from it alone (I18). Pure. */
import type { ChannelAccount } from '../channels/port/port.ts';
import { newObjectKey, type ObjectKey, type Scope, tailOf, timeText } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { EntryType, JournalEntry, Leg } from '../ledger/entry.ts';
import * as rules from '../ledger/rules.ts';
import { pack, unpack } from '../table/pack.ts';
import { absent, type Item, type Key, type Write } from '../table/table.ts';
import { costsOf, type Sums } from './sums.ts';

export interface LineCounts {
  /** Lines of the file. */
  readonly read: number;
  readonly booked: number;
  readonly suspended: number;
  /** Lines that another statement, or an earlier line of this one, had brought. */
  readonly known: number;
}

/** A statement that was booked: a file of a channel's account. */
export interface Statement extends ChannelAccount {
  readonly scope: Scope;
  readonly body: ObjectKey;
  readonly sha256: string;
  readonly lines: LineCounts;
  readonly sums: Sums;
  /** When it was booked: the time of its entries. */
  readonly createdMs: number;
}

/** What the statement's entries are named by: when it was booked, and which file of which account it is. */
export const statementBody = (
  { channel, account, sha256 }: ChannelAccount & { readonly sha256: string },
  nowMs: number,
) => newObjectKey(nowMs, () => tailOf(`${channel}|${account}|${sha256}`), 1);

export const statementPartition = (scope: Scope): string => `${scope}#statement`;
export const statementKey = (scope: Scope, body: string): Key => ({ pk: statementPartition(scope), sk: body });
export const statementOf = (item: Item): Statement => unpack<Statement>(item.doc as Uint8Array);

/** Range of the records that were booked after `afterMs`, up to and with `throughMs`. */
export const statementRange = (scope: Scope, afterMs: number, throughMs: number) => ({
  pk: statementPartition(scope),
  from: timeText(Math.max(0, afterMs + 1)),
  to: timeText(throughMs + 1),
});

/** Conflicts when the record is there. */
export const putStatement = (statement: Statement): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...statementKey(statement.scope, statement.body), kind: 'statement', doc: pack(statement) },
  when: absent,
});

/** The entries of the statement: in each currency its costs, what arrived at the bank, what waits in suspense, and what the channel exchanged. */
export function entriesOfStatement(statement: Statement): readonly JournalEntry[] {
  const { body, channel, sha256: reference, createdMs: committedMs, sums } = statement;
  return (Object.keys(sums).sort() as Currency[]).flatMap((currency, index) => {
    const of = sums[currency]!;
    const made: readonly (readonly [EntryType, readonly Leg[]])[] = [
      ['channel_costs', rules.channelCosts(channel, costsOf(currency, of))],
      ['channel_settled', rules.channelSettled(channel, of.settled)],
      ['suspended', [...rules.suspendedOver(channel, of.over), ...rules.suspendedShort(channel, of.short)]],
      ['exchanged', rules.exchanged(channel, of.exchanged)],
    ];
    return made
      .filter(([, legs]) => legs.length > 0)
      .map(([type, legs]): JournalEntry => ({ type, body, step: index + 1, currency, committedMs, reference, legs }));
  });
}
