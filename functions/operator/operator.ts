/** The operator's commands, for holders of IAM credentials of this account: merchants, settlements, platform-wide figures. */
import * as z from 'zod/mini';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { dateOf, dueMs, endOfDate, parseDate } from '../kernel/calendar.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { parseCurrency } from '../kernel/money.ts';
import { MAXIMUM_RESERVE_DAYS } from '../ledger/reserve.ts';
import { bankDetails } from '../merchants/bank-details.ts';
import type { Settings } from '../merchants/merchant.ts';
import { isSearchField, SEARCH_FIELDS } from '../merchants/search-fields.ts';
import { listScopes, loadSettings, type ScopeEntry } from '../merchants/store.ts';
import { disabledBecause } from '../payouts/bank-account.ts';
import { settlementOf } from '../settlement/due.ts';
import { executionName, type StartSettlement } from '../settlement/start.ts';
import type { SettlementInput } from '../settlement/step.ts';
import { addAccount } from './accounts.ts';
import { auditBooks } from './audit-balances.ts';
import { type ChannelCommand, type ChannelCommandDeps, channelCommands, operateChannels } from './channel-commands.ts';
import { CommandError, misunderstood } from './command-error.ts';
import { type ConnectBankDeps, connectBank } from './connect-bank.ts';
import { createMerchant, type MadeMerchant, type MerchantsDeps } from './create.ts';
import { addKey, endKey, keysOfScope, rollKey } from './keys.ts';
import { repair } from './repair.ts';
import { changeSettings, showSettings } from './settings.ts';

export interface OperatorDeps extends MerchantsDeps, ConnectBankDeps {
  readonly clock: Clock;
  readonly settings: (scope: Scope) => Promise<Settings>;
  readonly start: StartSettlement;
  /** What became of an execution: `RUNNING`, `SUCCEEDED`, `FAILED` …, with its output. */
  readonly executionOf: (arn: string) => Promise<{ readonly status: string; readonly output?: unknown }>;
  /** What the commands about channels need besides. */
  readonly channels: Omit<ChannelCommandDeps, 'table' | 'clock' | 'random' | 'scopeOf'>;
}

const zone = z.string().check(z.refine(isTimeZone, 'not an IANA time zone, e.g. Europe/Berlin'));
const ofScope = { merchant: z.string(), mode: z._default(z.enum(['test', 'live']), 'test') };
const bps = z.int().check(z.minimum(0), z.maximum(10_000));
/** As text: no float ever holds money. */
const minorUnits = z.pipe(
  z.string().check(z.regex(/^\d{1,12}$/, 'minor units, up to 999999999999')),
  z.transform((text) => BigInt(text)),
);
const knownCurrency = z
  .string()
  .check(z.refine((value) => parseCurrency(value) === value, 'not a currency that can be charged in'));
/** In the merchant's own currency, or by currency. */
const byCurrency = z.record(z.string(), minorUnits);
const chargeable = z.refine<string | bigint | Readonly<Record<string, bigint>>>(
  (value) => typeof value !== 'object' || Object.keys(value).every((code) => parseCurrency(code) === code),
  { error: 'not a currency that can be charged in' },
);
const AMOUNTS = 'minor units, or minor units by currency';
const amounts = z.union([minorUnits, byCurrency], AMOUNTS).check(chargeable);
const amountsOrDefault = z.union([z.literal('default'), minorUnits, byCurrency], AMOUNTS).check(chargeable);
const isPositive = (value: bigint | Readonly<Record<string, bigint>>): boolean =>
  (typeof value === 'bigint' ? [value] : Object.values(value)).every((amount) => amount > 0n);
const searchField = z.string().check(z.refine(isSearchField, `must be ${SEARCH_FIELDS.join(', ')} or metadata.KEY`));
const commands = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('create-merchant'),
    name: z.string().check(z.minLength(1), z.maxLength(100)),
    country: z._default(z.string().check(z.regex(/^[A-Z]{2}$/, 'two capital letters, e.g. US')), 'US'),
    currency: z._default(knownCurrency, 'usd'),
    timeZone: z._default(zone, 'UTC'),
    delayDays: z._default(z.int().check(z.minimum(0), z.maximum(30)), 2),
    live: z._default(z.boolean(), false),
  }),
  z.strictObject({
    command: z.literal('settle'),
    date: z.string(),
    mode: z._default(z.enum(['test', 'live']), 'test'),
    merchant: z.optional(z.string()),
    asOfMs: z.optional(z.int()),
  }),
  z.strictObject({ command: z.literal('settle-status'), executions: z.array(z.string()).check(z.maxLength(100)) }),
  z.strictObject({ command: z.literal('settings'), ...ofScope }),
  z.strictObject({
    command: z.literal('set'),
    ...ofScope,
    method: z.optional(z.enum(METHOD_TYPES)),
    feeBps: z.optional(z.union([bps, z.literal('default')], 'hundredths of a per cent, 0 to 10000')),
    feeFixed: z.optional(amountsOrDefault),
    reserveBps: z.optional(bps),
    reserveDays: z.optional(z.int().check(z.minimum(1), z.maximum(MAXIMUM_RESERVE_DAYS))),
    delayDays: z.optional(z.int().check(z.minimum(0), z.maximum(30))),
    minimumPayout: z.optional(amounts.check(z.refine(isPositive, 'at least 1'))),
    refundOverdraft: z.optional(z.boolean()),
    bankLast4: z.optional(z.string().check(z.regex(/^\d{4}$/, 'four digits'))),
    requestsPerSecond: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
    searchFields: z.optional(z.array(searchField).check(z.maxLength(20))),
  }),
  z.strictObject({ command: z.literal('set-bank'), ...ofScope, bank: bankDetails }),
  z.strictObject({ command: z.literal('add-account'), ...ofScope }),
  z.strictObject({ command: z.literal('keys'), ...ofScope }),
  z.strictObject({
    command: z.literal('add-key'),
    ...ofScope,
    type: z._default(z.enum(['secret', 'publishable']), 'secret'),
  }),
  z.strictObject({
    command: z.literal('roll-key'),
    ...ofScope,
    key: z.string(),
    overlapHours: z._default(z.int().check(z.minimum(0), z.maximum(24 * 7)), 24),
  }),
  z.strictObject({ command: z.literal('revoke-key'), ...ofScope, key: z.string() }),
  z.strictObject({
    command: z.literal('repair'),
    ...ofScope,
    from: z.string(),
    to: z.string(),
    dryRun: z._default(z.boolean(), false),
    cursor: z.optional(z.string()),
  }),
  z.strictObject({ command: z.literal('trial-balance'), asOfMs: z.optional(z.int()) }),
  ...channelCommands,
]);
type Command = z.infer<typeof commands>;

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Carries out one command.
 * @throws CommandError for one that is not understood or not allowed
 */
export async function operate(deps: OperatorDeps, event: unknown): Promise<object> {
  const parsed = z.safeParse(commands, event);
  if (!parsed.success) throw misunderstood(parsed.error, event);
  const command = parsed.data;
  switch (command.command) {
    case 'create-merchant':
      return newMerchant(deps, command);
    case 'settle':
      return settle(deps, command);
    case 'settle-status':
      return {
        executions: await Promise.all(
          command.executions.map(async (execution) => ({ execution, ...(await deps.executionOf(execution)) })),
        ),
      };
    case 'settings': {
      const { scope } = await scopeOf(deps, command);
      const settings = await loadSettings(deps.table, scope);
      const bankDisabled = (await disabledBecause(deps.table, scope, settings.bankAccount)) ?? null;
      return { settings: { ...showSettings(settings), bankDisabled } };
    }
    case 'set': {
      const { command: _, merchant: _merchant, mode: _mode, ...wanted } = command;
      return changeSettings(deps, (await scopeOf(deps, command)).scope, wanted);
    }
    case 'set-bank':
      return connectBank(deps, await scopeOf(deps, command), command.bank);
    case 'add-account':
      return addAccount(deps, await scopeOf(deps, command));
    case 'keys':
      return { keys: await keysOfScope(deps, (await scopeOf(deps, command)).scope) };
    case 'add-key':
      return addKey(deps, await scopeOf(deps, command), command.type);
    case 'roll-key':
      return rollKey(deps, await scopeOf(deps, command), command.key, command.overlapHours * 3_600_000);
    case 'revoke-key':
      return endKey(deps, (await scopeOf(deps, command)).scope, command.key, deps.clock.nowMs());
    case 'repair': {
      const { scope } = await scopeOf(deps, command);
      return repair(deps, scope, await deps.settings(scope), command);
    }
    case 'trial-balance':
      return trialBalance(deps, command.asOfMs ?? deps.clock.nowMs());
    default:
      return operateChannels(
        { ...deps, ...deps.channels, scopeOf: (wanted) => scopeOf(deps, wanted) },
        command satisfies ChannelCommand,
      );
  }
}

/** The merchant's scope in a mode. @throws CommandError when it has none */
async function scopeOf(
  deps: OperatorDeps,
  wanted: { readonly merchant: string; readonly mode: string },
): Promise<ScopeEntry> {
  for await (const entry of listScopes(deps.table)) {
    if (entry.merchant === wanted.merchant && entry.livemode === (wanted.mode === 'live')) return entry;
  }
  throw new CommandError(`merchant: ${wanted.merchant} has no ${wanted.mode} mode`);
}

const newMerchant = (
  deps: OperatorDeps,
  command: Extract<Command, { command: 'create-merchant' }>,
): Promise<MadeMerchant> =>
  createMerchant(deps, {
    name: command.name,
    country: command.country,
    defaultCurrency: parseCurrency(command.currency)!,
    timeZone: command.timeZone,
    payoutDelayDays: command.delayDays,
    live: command.live,
  });

/** Starts the settlement of one business date for every scope of the mode (or one merchant's). */
async function settle(deps: OperatorDeps, command: Extract<Command, { command: 'settle' }>): Promise<object> {
  const date = parseDate(command.date);
  if (!date) throw new CommandError(`date: ${command.date} is no day of the calendar (YYYY-MM-DD)`);
  const nowMs = command.asOfMs ?? deps.clock.nowMs();
  const livemode = command.mode === 'live';
  const executions: object[] = [];
  let known = false;
  for await (const entry of listScopes(deps.table)) {
    if (entry.livemode !== livemode || (command.merchant !== undefined && entry.merchant !== command.merchant))
      continue;
    known = true;
    const settings = await deps.settings(entry.scope);
    const input = settlementInput(entry.scope, settings, date, nowMs);
    const execution = await deps.start(input, executionName(input, deps.clock.nowMs()));
    executions.push({ merchant: entry.merchant, scope: entry.scope, execution, throughMs: input.throughMs });
  }
  if (!known && command.merchant !== undefined)
    throw new CommandError(`merchant: ${command.merchant} has no ${command.mode} mode`);
  return { date, mode: command.mode, executions };
}

/** The whole day where it is over and due; in test mode also a day that is not. */
function settlementInput(
  scope: Scope,
  settings: Settings,
  date: NonNullable<ReturnType<typeof parseDate>>,
  nowMs: number,
): SettlementInput {
  const whole = settlementOf(scope, date, settings);
  const over = endOfDate(date, settings.timeZone) <= nowMs;
  if (dateOf(nowMs, settings.timeZone) < date)
    throw new CommandError(`date: ${date} has not begun in ${settings.timeZone}`);
  if (settings.livemode && !over)
    throw new CommandError(`date: ${date} is not over in ${settings.timeZone}; only test mode may settle it`);
  if (settings.livemode && dueMs(date, settings) > nowMs)
    throw new CommandError(
      `date: the payout of ${date} is not due before ${new Date(dueMs(date, settings)).toISOString()}`,
    );
  return over ? { ...whole, asDue: settings.livemode } : { ...whole, throughMs: nowMs, force: true };
}

/** Debits − credits of every account per mode and currency: each currency must sum to zero (I2), and stored balances must be the fold of their entries (I5). */
async function trialBalance(deps: OperatorDeps, asOfMs: number): Promise<object> {
  const totals = new Map<string, bigint>();
  const differences: object[] = [];
  for await (const { scope, livemode } of listScopes(deps.table)) {
    const { shards } = await deps.settings(scope);
    const own = await auditBooks(deps.table, scope, shards, asOfMs);
    for (const [account, amount] of Object.entries(own.totals)) {
      const name = `${livemode ? 'live' : 'test'} ${account}`;
      totals.set(name, (totals.get(name) ?? 0n) + amount);
    }
    differences.push(...own.differences);
  }
  const rows = [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => {
      const [mode, currency, account] = name.split(' ') as [string, string, string];
      return {
        mode,
        currency,
        account,
        debit: String(amount > 0n ? amount : 0n),
        credit: String(amount < 0n ? -amount : 0n),
        balance: amount,
      };
    });
  const sums = new Map<string, bigint>();
  for (const { mode, currency, balance } of rows)
    sums.set(`${mode} ${currency}`, (sums.get(`${mode} ${currency}`) ?? 0n) + balance);
  return {
    rows: rows.map((row) => ({ ...row, balance: String(row.balance) })),
    totals: [...sums].map(([name, amount]) => ({
      mode: name.split(' ')[0],
      currency: name.split(' ')[1],
      balance: String(amount),
    })),
    differences,
    balanced: [...sums.values()].every((amount) => amount === 0n) && differences.length === 0,
  };
}
