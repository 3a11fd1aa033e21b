/**
 * A merchant's accounts at channels: added with credentials that the channel has accepted, switched, ordered, and given new credentials. Settings say
 * which account a payment may use; the channels table keeps the credentials, encrypted, and no command returns them.
 */
import {
  CACHED_MS,
  checkedCredentials,
  decryptCredentials,
  encryptCredentials,
  loadAccount,
  openChannelAccount,
  putAccount,
  WrongCredentials,
} from '../channels/accounts/store.ts';
import type { Instruments } from '../channels/port/capabilities.ts';
import type {
  CredentialCheck,
  CredentialSchema,
  Environment,
  SecretCipher,
  StoredAccount,
} from '../channels/port/credentials.ts';
import { type ChannelAccount, sameAccount } from '../channels/port/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import { without } from '../kernel/without.ts';
import { type ConnectedAccount, MAXIMUM_ACCOUNTS } from '../merchants/accounts.ts';
import type { MerchantId, Settings } from '../merchants/merchant.ts';
import { loadSettings, type ScopeEntry, writeSettings } from '../merchants/store.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table, Write } from '../table/table.ts';
import { type AskedSwitches, onlyThese, renderedChoice, switchedTo } from './channel-switches.ts';
import { CommandError } from './command-error.ts';

/** A channel as accounts are connected to it. */
export interface Connectable {
  readonly capabilities: Instruments;
  readonly schema: CredentialSchema;
  /** Tries the credentials once at the channel. */
  readonly check: (account: ChannelAccount, credentials: unknown) => Promise<CredentialCheck>;
  /** Whether an account with these credentials captures each payment in one step, although the channel can hold. */
  readonly capturesAtOnce: (credentials: unknown) => boolean;
  /** A channel that opens an account by itself, and makes its credentials. */
  readonly open?: () => Promise<{ readonly account: string; readonly credentials: unknown }>;
}

export interface ConnectDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly cipher: SecretCipher;
  /** Undefined for a name that is no channel. */
  readonly connectable: (channel: string) => Promise<Connectable | undefined>;
  /** Where channels reach the API: `/v1/…` follows. */
  readonly publicUrl: string;
}

/** An account as operators see it. No member holds a credential. */
export interface RenderedConnection {
  /** `channel/account`: by it commands name the account. */
  readonly account: string;
  readonly merchant: MerchantId;
  readonly mode: 'test' | 'live';
  readonly environment: Environment;
  readonly status: 'enabled' | 'disabled';
  /** 1: tried first. */
  readonly priority: number;
  readonly methods: string;
  readonly currencies: string;
  /** Since when the credentials before are valid beside the current ones. */
  readonly rotatedSince: string | null;
  /** The address that the channel's own settings are given for its callbacks. */
  readonly callbacks: string;
}

export interface AskedAccount extends AskedSwitches {
  readonly channel: string;
  readonly environment: Environment;
  readonly priority?: number | undefined;
  readonly credentials?: unknown;
}

/**
 * Adds an account behind those that the merchant has, or at `priority`, once its channel has accepted the credentials.
 * @throws CommandError where the channel, the environment, the credentials or the switches are not possible, and where the channel did not answer. Nothing is
 * stored then.
 */
export async function connect(deps: ConnectDeps, entry: ScopeEntry, asked: AskedAccount): Promise<RenderedConnection> {
  const { scope, livemode } = entry;
  const channel = await connectableOf(deps, asked.channel);
  assertEnvironment(asked.environment, livemode);
  const switches = onlyThese(asked, channel.capabilities);
  const settings = await loadSettings(deps.table, scope);
  if (settings.accounts.length >= MAXIMUM_ACCOUNTS)
    throw new CommandError(`add: the merchant has ${MAXIMUM_ACCOUNTS} accounts, which is the most there may be`);
  const given = await credentialsFor(deps, channel, asked);
  const account = { channel: asked.channel, account: given.account };
  await assertAccepted(channel, account, given.credentials);
  const { environment } = asked;
  const write = await openChannelAccount(deps.cipher, channel.schema, {
    ...account,
    scope,
    livemode,
    environment,
    credentials: given.credentials,
  });
  const next = withAccounts(
    settings,
    moved([...settings.accounts, { ...account, ...switches, ...limitOf(channel, given) }], account, asked.priority),
  );
  await committed(deps, write, writeSettings(scope, next));
  return rendered(deps, entry, next, { ...account, environment });
}

/** What the credentials do not let the account do. */
const limitOf = (
  { capturesAtOnce }: Connectable,
  { credentials }: { readonly credentials: unknown },
): Pick<ConnectedAccount, 'atOnce'> => (capturesAtOnce(credentials) ? { atOnce: true } : {});

/** The account's credentials as they were given, or as the channel makes them. */
async function credentialsFor(
  { random }: ConnectDeps,
  channel: Connectable,
  { channel: name, environment, credentials }: AskedAccount,
): Promise<{ readonly account: string; readonly credentials: unknown }> {
  if (credentials !== undefined)
    return { account: `cha_${random(20)}`, credentials: inEnvironment(credentials, environment) };
  // Only the sandbox opens accounts, and it moves no money: a live payment there would be paid with nothing.
  if (channel.open && environment === 'live') throw new CommandError(`environment: ${name} has no live environment`);
  if (channel.open) return channel.open();
  throw new CommandError(`credentials: an account at ${name} needs them, from a file or standard input`);
}

/** Credentials say their environment themselves, so that no request of an account can go to the other one. */
function inEnvironment(credentials: unknown, environment: Environment): unknown {
  if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials)) return credentials;
  const { environment: own = environment } = credentials as { readonly environment?: unknown };
  if (own !== environment)
    throw new CommandError(`environment: the credentials are of another environment than ${environment}`);
  return { ...credentials, environment };
}

/** Live payments go to live accounts alone, and test payments never do. @throws CommandError */
function assertEnvironment(environment: Environment, livemode: boolean): void {
  const mode = livemode ? 'live' : 'test';
  if (environment !== mode)
    throw new CommandError(`environment: an account of ${mode} mode must be in the ${mode} environment of its channel`);
}

/** @throws CommandError where the schema or the channel refuses the credentials, and where the channel does not say */
async function assertAccepted(channel: Connectable, account: ChannelAccount, credentials: unknown): Promise<void> {
  try {
    checkedCredentials(account, channel.schema, credentials);
  } catch (error) {
    if (error instanceof WrongCredentials)
      throw new CommandError(
        `credentials: missing, unknown or not in the form of ${account.channel}: ${error.members.join(', ')}`,
      );
    throw error;
  }
  const checked = await channel.check(account, credentials);
  if (checked.kind === 'refused')
    throw new CommandError(`credentials: ${account.channel} refuses them (${checked.reason})`);
  if (checked.kind === 'unknown')
    throw new CommandError(
      `credentials: ${account.channel} did not say whether it takes them (${checked.reason}); nothing is stored, try again`,
    );
}

async function connectableOf(deps: Pick<ConnectDeps, 'connectable'>, name: string): Promise<Connectable> {
  const channel = await deps.connectable(name);
  if (!channel) throw new CommandError(`channel: there is no channel ${name}`);
  return channel;
}

/** Every account of these scopes, in the order in which a payment tries them. */
export async function connections(
  deps: Pick<ConnectDeps, 'table' | 'publicUrl'>,
  entries: readonly ScopeEntry[],
): Promise<readonly RenderedConnection[]> {
  const each = entries.map(async (entry) => {
    const settings = await loadSettings(deps.table, entry.scope);
    return Promise.all(
      settings.accounts.map(async (account) => {
        const stored = await loadAccount(deps.table, account);
        return rendered(deps, entry, settings, stored ?? { ...account, environment: 'test' });
      }),
    );
  });
  return (await Promise.all(each)).flat();
}

/** An account that a merchant has: what is stored of it, and the settings that name it. */
export interface Found {
  readonly stored: StoredAccount;
  readonly settings: Settings;
  readonly entry: ScopeEntry;
}

/** The account of this name (`channel/account`). @throws CommandError where there is none, or no settings name it */
export async function foundAccount({ table }: Pick<ConnectDeps, 'table'>, name: string): Promise<Found> {
  const [channel = '', account = '', ...rest] = name.split('/');
  const stored = rest.length === 0 && account !== '' ? await loadAccount(table, { channel, account }) : undefined;
  const settings = stored && (await loadSettings(table, stored.scope));
  if (!stored || !settings?.accounts.some((one) => sameAccount(one, stored)))
    throw new CommandError(`account: no merchant has an account ${name}; it is channel/account, as list prints it`);
  const { scope, livemode } = stored;
  return { stored, settings, entry: { scope, livemode, merchant: settings.merchant } };
}

export const showAccount = (deps: Pick<ConnectDeps, 'publicUrl'>, { stored, settings, entry }: Found) =>
  rendered(deps, entry, settings, stored);

/**
 * Switches the account, or methods and currencies of it, off or on for new payments. Seen everywhere within `CACHE_MS`.
 * @throws CommandError for a method or currency that its channel does not take, and where nothing would be left
 */
export async function switchAccount(
  deps: ConnectDeps,
  found: Found,
  asked: AskedSwitches & { readonly on: boolean },
): Promise<RenderedConnection> {
  const { settings, stored } = found;
  const { capabilities } = await connectableOf(deps, stored.channel);
  const accounts = settings.accounts.map((one) =>
    sameAccount(one, stored) ? switchedTo(one, asked, capabilities) : one,
  );
  return changed(deps, found, accounts);
}

/** Moves the account to this place among the merchant's, 1 being tried first. */
export const prioritize = (deps: ConnectDeps, found: Found, priority: number): Promise<RenderedConnection> =>
  changed(deps, found, moved(found.settings.accounts, found.stored, priority));

/**
 * Gives the account new credentials, once its channel has accepted them. Those before stay valid for callbacks until `finishRotation`.
 * @throws CommandError while another rotation has not ended, and as `connect` does
 */
export async function rotate(deps: ConnectDeps, found: Found, credentials: unknown): Promise<RenderedConnection> {
  const { stored } = found;
  if (stored.before)
    throw new CommandError('rotate: a rotation of this account has not ended; end it with rotate --finish first');
  const channel = await connectableOf(deps, stored.channel);
  const next = inEnvironment(credentials, stored.environment);
  await assertAccepted(channel, stored, next);
  const encrypted = await encryptCredentials(deps.cipher, channel.schema, stored, next);
  const before = { encrypted: stored.encrypted, rotatedMs: deps.clock.nowMs() };
  const accounts = found.settings.accounts.map((one) =>
    sameAccount(one, stored) ? { ...without(one, 'atOnce'), ...limitOf(channel, { credentials: next }) } : one,
  );
  return stores(deps, found, { ...stored, version: stored.version + 1, encrypted, before }, accounts);
}

/**
 * Ends a rotation: the credentials before it are gone.
 * @throws CommandError without a rotation, and while functions may still send with the credentials before it
 */
export async function finishRotation(deps: ConnectDeps, found: Found): Promise<RenderedConnection> {
  const { before, ...stored } = found.stored;
  if (!before) throw new CommandError('rotate: no rotation of this account is under way');
  const untilMs = before.rotatedMs + CACHED_MS;
  if (deps.clock.nowMs() < untilMs)
    throw new CommandError(
      `rotate: until ${new Date(untilMs).toISOString()} functions may still send with the credentials before; end it then`,
    );
  return stores(deps, found, { ...stored, version: stored.version + 1 });
}

/** What the channel says of the credentials that are stored. */
export async function checkAccount(deps: ConnectDeps, { stored }: Found): Promise<CredentialCheck> {
  const channel = await connectableOf(deps, stored.channel);
  const credentials = await decryptCredentials(deps.cipher, channel.schema, stored, stored.encrypted);
  return channel.check(stored, credentials);
}

async function stores(
  deps: ConnectDeps,
  { entry, settings }: Found,
  stored: StoredAccount,
  accounts = settings.accounts,
): Promise<RenderedConnection> {
  const isOther = JSON.stringify(accounts) !== JSON.stringify(settings.accounts);
  const next = isOther ? withAccounts(settings, accounts) : settings;
  await committed(deps, putAccount(stored), ...(isOther ? [writeSettings(entry.scope, next)] : []));
  return rendered(deps, entry, next, stored);
}

async function changed(
  deps: ConnectDeps,
  { stored, settings, entry }: Found,
  accounts: readonly ConnectedAccount[],
): Promise<RenderedConnection> {
  const next = withAccounts(settings, accounts);
  if (JSON.stringify(accounts) !== JSON.stringify(settings.accounts))
    await committed(deps, writeSettings(entry.scope, next));
  return rendered(deps, entry, next, stored);
}

const withAccounts = (settings: Settings, accounts: readonly ConnectedAccount[]): Settings => ({
  ...settings,
  version: settings.version + 1,
  accounts,
});

/** The accounts with this one at a place, the last one by default. */
function moved(
  accounts: readonly ConnectedAccount[],
  account: ChannelAccount,
  priority = accounts.length,
): readonly ConnectedAccount[] {
  const others = accounts.filter((one) => !sameAccount(one, account));
  const own = accounts.filter((one) => sameAccount(one, account));
  return [...others.slice(0, priority - 1), ...own, ...others.slice(priority - 1)];
}

/** @throws CommandError where another command was faster */
async function committed(
  { table }: Pick<ConnectDeps, 'table'>,
  ...writes: readonly [Write, ...Write[]]
): Promise<void> {
  if (!(await tryCommit(table, ...writes)))
    throw new CommandError('channel: another command changed the account or the settings; try again');
}

function rendered(
  { publicUrl }: Pick<ConnectDeps, 'publicUrl'>,
  { merchant, livemode }: ScopeEntry,
  { accounts }: Pick<Settings, 'accounts'>,
  stored: ChannelAccount & { readonly environment: Environment } & Pick<Partial<StoredAccount>, 'before'>,
): RenderedConnection {
  const { channel, account, environment, before } = stored;
  const index = accounts.findIndex((one) => sameAccount(one, stored));
  const { disabled, methods, currencies } = accounts[index]!;
  return {
    account: `${channel}/${account}`,
    merchant,
    mode: livemode ? 'live' : 'test',
    environment,
    status: disabled ? 'disabled' : 'enabled',
    priority: index + 1,
    methods: renderedChoice(methods),
    currencies: renderedChoice(currencies),
    rotatedSince: before ? new Date(before.rotatedMs).toISOString() : null,
    callbacks: `${publicUrl}/v1/channels/${channel}/callbacks/${account}`,
  };
}
