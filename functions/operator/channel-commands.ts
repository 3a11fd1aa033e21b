/** The operator's commands about accounts at channels (`npm run channel`). */
import * as z from 'zod/mini';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import type { AccountHealth } from '../channels/wire.ts';
import { parseCurrency } from '../kernel/money.ts';
import { MAXIMUM_ACCOUNTS } from '../merchants/accounts.ts';
import { listScopes, type ScopeEntry } from '../merchants/store.ts';
import { accountsHealth } from '../payments/account-health.ts';
import { type CallbackDeps, renderCallbacks, replayCallback } from './callbacks.ts';
import {
  type ConnectDeps,
  checkAccount,
  connect,
  connections,
  type Found,
  finishRotation,
  foundAccount,
  prioritize,
  rotate,
  showAccount,
  switchAccount,
} from './channels.ts';
import { CommandError } from './command-error.ts';

const environment = z.enum(['test', 'live']);
const ofAccount = { account: z.string() };
const currency = z
  .string()
  .check(z.refine((value) => parseCurrency(value) === value, 'not a currency that can be charged in'));
const switches = {
  methods: z.optional(z.array(z.enum(METHOD_TYPES)).check(z.minLength(1))),
  currencies: z.optional(z.array(currency).check(z.minLength(1), z.maxLength(200))),
};
const priority = z.int().check(z.minimum(1), z.maximum(MAXIMUM_ACCOUNTS));

export const channelCommands = [
  z.strictObject({
    command: z.literal('channel-add'),
    merchant: z.string(),
    mode: z._default(environment, 'test'),
    channel: z.string(),
    environment,
    priority: z.optional(priority),
    ...switches,
    credentials: z.optional(z.unknown()),
  }),
  z.strictObject({
    command: z.literal('channel-list'),
    merchant: z.optional(z.string()),
    mode: z.optional(environment),
  }),
  z.strictObject({ command: z.literal('channel-show'), ...ofAccount }),
  z.strictObject({ command: z.literal('channel-switch'), ...ofAccount, on: z.boolean(), ...switches }),
  z.strictObject({ command: z.literal('channel-priority'), ...ofAccount, priority }),
  z.strictObject({ command: z.literal('channel-rotate'), ...ofAccount, credentials: z.unknown() }),
  z.strictObject({ command: z.literal('channel-finish-rotation'), ...ofAccount }),
  z.strictObject({ command: z.literal('channel-check'), ...ofAccount }),
  z.strictObject({ command: z.literal('channel-health'), ...ofAccount }),
  z.strictObject({
    command: z.literal('channel-callbacks'),
    ...ofAccount,
    limit: z._default(z.int().check(z.minimum(1), z.maximum(100)), 20),
    after: z.optional(z.string()),
  }),
  z.strictObject({ command: z.literal('channel-replay'), ...ofAccount, callback: z.string() }),
] as const;
export type ChannelCommand = z.infer<(typeof channelCommands)[number]>;

export interface ChannelCommandDeps extends ConnectDeps, CallbackDeps {
  /** The merchant's scope in a mode. @throws CommandError when it has none */
  readonly scopeOf: (wanted: { readonly merchant: string; readonly mode: 'test' | 'live' }) => Promise<ScopeEntry>;
}

/** Carries out one command. @throws CommandError for what is not possible */
export async function operateChannels(deps: ChannelCommandDeps, command: ChannelCommand): Promise<object> {
  switch (command.command) {
    case 'channel-add':
      return { account: await connect(deps, await deps.scopeOf(command), command) };
    case 'channel-list':
      return { accounts: await connections(deps, await scopesOf(deps, command)) };
    case 'channel-show':
      return { account: showAccount(deps, await foundAccount(deps, command.account)) };
    case 'channel-switch':
      return { account: await switchAccount(deps, await foundAccount(deps, command.account), command) };
    case 'channel-priority':
      return { account: await prioritize(deps, await foundAccount(deps, command.account), command.priority) };
    case 'channel-rotate':
      return { account: await rotate(deps, await foundAccount(deps, command.account), command.credentials) };
    case 'channel-finish-rotation':
      return { account: await finishRotation(deps, await foundAccount(deps, command.account)) };
    case 'channel-check':
      return { check: await checkAccount(deps, await foundAccount(deps, command.account)) };
    case 'channel-health':
      return { health: await healthOf(deps, await foundAccount(deps, command.account)) };
    case 'channel-callbacks':
      return renderCallbacks(deps, (await foundAccount(deps, command.account)).stored, command);
    case 'channel-replay':
      return replayCallback(deps, (await foundAccount(deps, command.account)).stored, command.callback);
    default:
      return command satisfies never;
  }
}

async function healthOf({ table, clock }: ChannelCommandDeps, { stored, settings }: Found): Promise<AccountHealth> {
  const of = { scope: stored.scope, shards: settings.shards, nowMs: clock.nowMs() };
  const [health] = await accountsHealth(table, of, [stored]);
  return health!;
}

async function scopesOf(
  deps: ChannelCommandDeps,
  { merchant, mode }: Extract<ChannelCommand, { command: 'channel-list' }>,
): Promise<readonly ScopeEntry[]> {
  if (merchant !== undefined && mode) return [await deps.scopeOf({ merchant, mode })];
  const entries: ScopeEntry[] = [];
  for await (const entry of listScopes(deps.table))
    if (
      (merchant === undefined || entry.merchant === merchant) &&
      (mode === undefined || entry.livemode === (mode === 'live'))
    )
      entries.push(entry);
  if (merchant !== undefined && entries.length === 0)
    throw new CommandError(`merchant: there is no merchant ${merchant}`);
  return entries;
}
