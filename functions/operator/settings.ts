/**
 * What is agreed with a merchant, changed by the operator: always the next version, seen everywhere within `CACHE_MS`. A payment keeps the
 * terms it was captured under, a payout the bank account it was made with.
 */

import { bankingDaysOf } from '../kernel/calendar.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import { reserveDaysOf } from '../ledger/reserve.ts';
import type { Settings } from '../merchants/merchant.ts';
import { changedFields, namesOf } from '../merchants/search-fields.ts';
import { loadSettings, writeSettings } from '../merchants/store.ts';
import { disabledBecause } from '../payouts/bank-account.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { CommandError } from './command-error.ts';
import {
  changedAmounts,
  changedFees,
  type RenderedFees,
  renderedAmounts,
  renderedFees,
  takesTooMuch,
  type WantedAmounts,
  type WantedFees,
} from './fees.ts';

/** What of the settings may be changed, as the operator gives it; amounts are minor units. */
export interface WantedSettings extends WantedFees {
  readonly reserveBps?: number | undefined;
  readonly reserveDays?: number | undefined;
  readonly delayDays?: number | undefined;
  readonly minimumPayout?: WantedAmounts | undefined;
  readonly refundOverdraft?: boolean | undefined;
  readonly bankLast4?: string | undefined;
  readonly requestsPerSecond?: number | undefined;
  /** Every field that is noted from now on; one that is not named is noted no longer. */
  readonly searchFields?: readonly string[] | undefined;
}

/** The settings without what opens anything: amounts in minor units, as text. */
export interface RenderedSettings extends RenderedFees {
  readonly version: number;
  readonly country: string;
  readonly currency: string;
  /** What the banking days of that currency are counted by. */
  readonly bankingDays: string;
  readonly timeZone: string;
  readonly reserveBps: number;
  /** Days for which the reserve of what is captured from now on is held. */
  readonly reserveDays: number;
  readonly termsVersion: number;
  readonly delayDays: number;
  readonly minimumPayout: Readonly<Record<string, string>>;
  readonly refundOverdraft: boolean;
  readonly bankLast4: string;
  /** `channel/account`, in the order in which a payment tries them. */
  readonly accounts: readonly string[];
  readonly requestsPerSecond: number | null;
  readonly searchFields: readonly string[];
}

export const accountNames = ({ accounts }: Pick<Settings, 'accounts'>): readonly string[] =>
  accounts.map(({ channel, account }) => `${channel}/${account}`);

export const showSettings = (settings: Settings): RenderedSettings => ({
  version: settings.version,
  country: settings.country,
  currency: settings.defaultCurrency,
  bankingDays: bankingDaysOf(settings.defaultCurrency),
  timeZone: settings.timeZone,
  ...renderedFees(settings.fees),
  reserveBps: settings.fees.reserveBps,
  reserveDays: reserveDaysOf(settings.fees),
  termsVersion: settings.fees.version,
  delayDays: settings.payoutDelayDays,
  minimumPayout: renderedAmounts(settings.minimumPayouts),
  refundOverdraft: settings.refundOverdraft,
  bankLast4: settings.bankAccount.last4,
  accounts: accountNames(settings),
  requestsPerSecond: settings.requestsPerSecond ?? null,
  searchFields: namesOf(settings.searchFields),
});

export interface ChangedSettings {
  readonly old: RenderedSettings;
  readonly new: RenderedSettings;
}

/**
 * Writes the next version. What is given as it is already changes nothing.
 * @throws CommandError when nothing is given, when fees are not possible, when fee and reserve take more than everything, or when another command changed them meanwhile
 */
export async function changeSettings(
  deps: { readonly table: Table; readonly random: RandomText; readonly clock: Clock },
  scope: Scope,
  wanted: WantedSettings,
): Promise<ChangedSettings> {
  if (Object.values(wanted).every((value) => value === undefined)) throw new CommandError('set: nothing to change');
  const { method, feeBps: _bps, feeFixed: _fixed, ...others } = wanted;
  if (method !== undefined && Object.values(others).some((value) => value !== undefined))
    throw new CommandError('method: only feeBps and feeFixed are agreed by method');
  const old = await loadSettings(deps.table, scope);
  if (wanted.bankLast4 !== undefined && old.bankAccount.encrypted !== undefined)
    throw new CommandError('bankLast4: this bank account has details; enter those of the new one (--bank)');
  // The same digits given for a disabled account are its new details: another id, which is enabled.
  const renew =
    wanted.bankLast4 !== undefined && (await disabledBecause(deps.table, scope, old.bankAccount)) !== undefined;
  const next = changed(old, wanted, deps, renew);
  if (takesTooMuch(next.fees))
    throw new CommandError('feeBps, reserveBps: together they are more than 10000, all of a payment');
  if (!renew && JSON.stringify(showSettings(next)) === JSON.stringify({ ...showSettings(old), version: next.version }))
    return { old: showSettings(old), new: showSettings(old) };
  if (!(await tryCommit(deps.table, writeSettings(scope, next))))
    throw new CommandError('set: another command changed the settings; read them, and try again');
  return { old: showSettings(old), new: showSettings(next) };
}

function changed(
  old: Settings,
  wanted: WantedSettings,
  { random, clock }: { readonly random: RandomText; readonly clock: Clock },
  renew: boolean,
): Settings {
  const { bankAccount, defaultCurrency } = old;
  const fees = changedFees(old.fees, wanted, defaultCurrency);
  const reserveBps = wanted.reserveBps ?? old.fees.reserveBps;
  const { reserveDays } = wanted;
  const sameReserve = reserveBps === fees.reserveBps && (reserveDays ?? reserveDaysOf(fees)) === reserveDaysOf(fees);
  const sameFees = JSON.stringify(renderedFees(fees)) === JSON.stringify(renderedFees(old.fees));
  const last4 = wanted.bankLast4 ?? bankAccount.last4;
  const { requestsPerSecond, searchFields } = wanted;
  return {
    ...old,
    version: old.version + 1,
    fees: {
      ...fees,
      reserveBps,
      ...(reserveDays !== undefined && { reserveDays }),
      version: sameFees && sameReserve ? fees.version : fees.version + 1,
    },
    payoutDelayDays: wanted.delayDays ?? old.payoutDelayDays,
    minimumPayouts: changedAmounts(old.minimumPayouts, wanted.minimumPayout, defaultCurrency),
    refundOverdraft: wanted.refundOverdraft ?? old.refundOverdraft,
    // Another account is another object: payouts name theirs by its id.
    bankAccount:
      last4 === bankAccount.last4 && !renew ? bankAccount : { ...bankAccount, id: `ba_${random(24)}`, last4 },
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(searchFields && { searchFields: changedFields(old.searchFields, searchFields, clock.nowMs()) }),
  };
}
