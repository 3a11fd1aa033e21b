/**
 * The operator's recovery of payments that a channel has and the records have not (docs/runbook.md, Restore): one page of the channel's list
 * per step. Each step may be repeated.
 */
import * as z from 'zod/mini';
import type { Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { listScopes, loadSettings, type ScopeEntry } from '../merchants/store.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { CLOCKS_MS, type Recovered, recover } from '../recovery/recover.ts';
import { CommandError } from './command-error.ts';

const instant = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/, 'not an instant like 2026-11-30T19:45:00Z'));
const mode = z.enum(['test', 'live']);
const commands = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('scopes'), merchant: z.optional(z.string()), mode: z.optional(mode) }),
  z.strictObject({
    command: z.literal('recover'),
    merchant: z.string(),
    mode,
    from: instant,
    dryRun: z._default(z.boolean(), false),
    cursor: z.optional(z.string().check(z.maxLength(200))),
  }),
]);

/** What a step found. Ids of what was written, unless it was a dry run. */
export interface RecoveryStep {
  readonly listed: number;
  readonly made: readonly string[];
  readonly learned: readonly string[];
  readonly verifications: number;
  /** What a person must look at, with its reference at the channel. Nothing was written of it. */
  readonly unbooked: readonly string[];
  /** Set while there is more: the next step's. */
  readonly cursor?: string;
}

/** Carries out one command. @throws CommandError for one that is not understood, or where a channel cannot list */
export async function recoverStep(deps: PaymentsDeps, event: unknown): Promise<object> {
  const parsed = z.safeParse(commands, event);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CommandError(`${issue?.path.join('.') || 'command'}: ${issue?.message ?? 'not understood'}`);
  }
  const command = parsed.data;
  const scopes: ScopeEntry[] = [];
  for await (const entry of listScopes(deps.table))
    if (
      (command.merchant === undefined || entry.merchant === command.merchant) &&
      (command.mode === undefined || entry.livemode === (command.mode === 'live'))
    )
      scopes.push(entry);
  if (scopes.length === 0 && command.merchant !== undefined)
    throw new CommandError(`merchant: ${command.merchant} has no ${command.mode ?? 'such'} mode`);
  if (command.command === 'scopes')
    return { scopes: scopes.map(({ merchant, livemode }) => ({ merchant, mode: livemode ? 'live' : 'test' })) };
  const [entry] = scopes as [ScopeEntry];
  return recoverPage(deps, entry, await loadSettings(deps.table, entry.scope), command);
}

async function recoverPage(
  deps: PaymentsDeps,
  { scope, livemode }: { readonly scope: Scope; readonly livemode: boolean },
  settings: Settings,
  { from, dryRun, cursor }: { readonly from: string; readonly dryRun: boolean; readonly cursor?: string | undefined },
): Promise<RecoveryStep> {
  const { at, endMs, place } = splitCursor(cursor);
  const account = settings.accounts[at];
  if (!account) return { listed: 0, made: [], learned: [], verifications: 0, unbooked: [] };
  const { listing } = deps.channel(account.channel);
  if (!listing) throw new CommandError(`channel ${account.channel} cannot list its payments`);
  const sinceMs = Date.parse(from);
  if (Number.isNaN(sinceMs)) throw new CommandError(`from: ${from} is no instant`);
  // The end is in the cursor: payments that are made meanwhile do not make it endless.
  const end = endMs ?? deps.clock.nowMs() + CLOCKS_MS;
  // The channel's clock may differ from ours. Records from before the moment are no news.
  const since = Math.max(0, sinceMs - CLOCKS_MS);
  const request = { account, sinceMs: since, untilMs: end, ...(place !== undefined && { cursor: place }) };
  const page = await listing.list(request);
  if (!page) throw new CommandError(`channel ${account.channel} did not answer: try again`);
  const how = {
    scope,
    livemode,
    account,
    shards: settings.shards,
    terms: settings.fees,
    dryRun,
  };
  const found: Recovered[] = [];
  // A refund follows its payment, and a payment's attempts follow each other.
  for (const listed of page.listed) found.push(await recoverOne(deps, how, listed));
  const idsOf = (what: 'made' | 'learned'): readonly string[] =>
    found.flatMap((one) => (one.what === what ? [one.id] : []));
  return {
    listed: page.listed.length,
    made: idsOf('made'),
    learned: idsOf('learned'),
    verifications: found.filter(({ what }) => what === 'verification').length,
    unbooked: found.flatMap((one) => (one.what === 'unbooked' ? [`${one.reference}: ${one.why}`] : [])),
    ...(page.cursor !== undefined && { cursor: `${end}|${at}|${page.cursor}` }),
    ...(page.cursor === undefined && at + 1 < settings.accounts.length && { cursor: `${end}|${at + 1}|` }),
  };
}

/** One that cannot be recovered keeps nothing back of the others. */
async function recoverOne(...[deps, how, listed]: Parameters<typeof recover>): Promise<Recovered> {
  try {
    return await recover(deps, how, listed);
  } catch (error) {
    return { what: 'unbooked', reference: listed.reference, why: (error as Error).message };
  }
}

/** Where the step goes on: the account, one after the other, and the place in its list. */
function splitCursor(cursor: string | undefined): {
  readonly at: number;
  readonly endMs?: number;
  readonly place?: string;
} {
  if (cursor === undefined) return { at: 0 };
  const match = /^(\d{1,14})\|(\d)\|(.*)$/.exec(cursor);
  if (!match) throw new CommandError('cursor: it is none');
  const [, endMs, at, place] = match;
  return { at: Number(at), endMs: Number(endMs), ...(place && { place }) };
}
