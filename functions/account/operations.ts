/** The account behind the key: data connectors and Django read it before anything else. There are no connected accounts (Connect). */
import type Stripe from 'stripe';
import * as z from 'zod/mini';
import { accountInvalid, noSuch } from '../api/errors.ts';
import { emptyPage, listBody, pageOf } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { boolean, type ListParams, noParams, pageShape } from '../api/params.ts';
import { capabilitiesOfChannel } from '../channels/capabilities.ts';
import { capabilityOf } from '../channels/port/capabilities.ts';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { capabilitiesFor } from '../channels/routing/routing.ts';
import { disabledBecause } from '../payouts/bank-account.ts';
import type { Table } from '../table/table.ts';
import { renderAccount, renderBalanceSettings, renderBank, renderCapability, renderCountrySpec } from './wire.ts';

export interface AccountDeps {
  readonly table: Pick<Table, 'get'>;
}

const pageParams = z.strictObject(pageShape);
const externalParams = z.strictObject({ ...pageShape, object: z.optional(z.enum(['bank_account', 'card'])) });
const RELATIONSHIPS = ['authorizer', 'director', 'executive', 'legal_guardian', 'owner', 'representative'] as const;
const personParams = z.strictObject({
  ...pageShape,
  relationship: z.optional(
    z.strictObject(Object.fromEntries(RELATIONSHIPS.map((each) => [each, z.optional(boolean)]))),
  ),
});
type ExternalParams = z.infer<typeof externalParams>;

/** @throws 403 account_invalid when the path names another account than the caller's */
function assertOwn({ caller, path }: Call): void {
  if (path.id !== caller.merchant) throw accountInvalid(path.id ?? '');
}

const disabledBankOf = ({ table }: AccountDeps, { caller: { scope, settings } }: Call): Promise<string | undefined> =>
  disabledBecause(table, scope, settings.bankAccount);

async function ownAccount(deps: AccountDeps, call: Call): Promise<Reply> {
  return { status: 200, body: renderAccount(call.caller.settings, await disabledBankOf(deps, call)) };
}

/**
 * The account of the key.
 * @see https://docs.stripe.com/api/accounts/retrieve
 */
const retrieveOwn: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/account',
  params: noParams,
  returns: { object: 'account' },
  run: ownAccount,
};

/** The same by its id. @throws 403 account_invalid for any other id */
const retrieve: Operation<AccountDeps, object> = {
  ...retrieveOwn,
  path: '/v1/accounts/{id}',
  run: async (deps, call) => {
    assertOwn(call);
    return ownAccount(deps, call);
  },
};

/** The bank account that payouts go to; there are no cards to pay out to. @throws 403 account_invalid, 400 resource_missing */
const listExternal: Operation<AccountDeps, ExternalParams> = {
  method: 'GET',
  path: '/v1/accounts/{id}/external_accounts',
  params: externalParams,
  returns: { object: 'bank_account', list: true },
  run: async (deps, call) => {
    assertOwn(call);
    const { settings } = call.caller;
    const bank = renderBank(settings, await disabledBankOf(deps, call));
    const page = pageOf(call.params.object === 'card' ? [] : [bank], { ...LISTED, params: call.params });
    return { status: 200, body: listBody(page, `/v1/accounts/${settings.merchant}/external_accounts`, (each) => each) };
  },
};

/**
 * That bank account. One that payouts no longer go to is not kept.
 * @throws 403 account_invalid, 404 resource_missing
 * @see https://docs.stripe.com/api/external_accounts/retrieve
 */
const retrieveExternal: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/accounts/{id}/external_accounts/{bank}',
  params: noParams,
  returns: { object: 'bank_account' },
  run: async (deps, call) => {
    assertOwn(call);
    const { bank = '' } = call.path;
    const { settings } = call.caller;
    if (bank !== settings.bankAccount.id) throw noSuch('external account', bank, 'id');
    return { status: 200, body: renderBank(settings, await disabledBankOf(deps, call)) };
  },
};

/** The same by the older name of its path. */
const retrieveBankAccount: Operation<AccountDeps, object> = {
  ...retrieveExternal,
  path: '/v1/accounts/{id}/bank_accounts/{bank}',
};

/** No persons are known to Sluice; `people` is the older name of the list. @throws 403 account_invalid, 400 resource_missing */
const listPersons = (name: 'persons' | 'people'): Operation<AccountDeps, ListParams> => ({
  method: 'GET',
  path: `/v1/accounts/{id}/${name}`,
  params: personParams,
  returns: { object: 'person', list: true, empty: true },
  run: async (_, call) => {
    assertOwn(call);
    return { status: 200, body: emptyPage(`/v1/accounts/${call.caller.merchant}/${name}`, 'person', call.params) };
  },
});

/** @throws 403 account_invalid, 400 resource_missing */
const listCapabilities: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/accounts/{id}/capabilities',
  params: noParams,
  returns: { object: 'capability', list: true },
  run: async (_, call) => {
    assertOwn(call);
    const { settings } = call.caller;
    const page = { items: [settings], hasMore: false };
    return { status: 200, body: listBody(page, `/v1/accounts/${settings.merchant}/capabilities`, renderCapability) };
  },
};

/** @throws 403 account_invalid, 404 resource_missing for any other than `card_payments` */
const retrieveCapability: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/accounts/{id}/capabilities/{capability}',
  params: noParams,
  returns: { object: 'capability' },
  run: async (_, call) => {
    assertOwn(call);
    const { capability = '' } = call.path;
    const own = renderCapability(call.caller.settings);
    if (capability !== own.id) throw noSuch('capability', capability, 'capability');
    return { status: 200, body: own };
  },
};

/** @see https://docs.stripe.com/api/balance-settings/object */
const retrieveBalanceSettings: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/balance_settings',
  params: noParams,
  returns: { object: 'balance_settings' },
  run: async (deps, call) => ({
    status: 200,
    body: renderBalanceSettings(call.caller.settings, await disabledBankOf(deps, call)),
  }),
};

/** Pages of what has no time: such lists have no filter by it. */
const LISTED = {
  object: 'external account',
  idOf: ({ id }: { readonly id: string }) => id,
  createdSecondsOf: () => 0,
};

/** The spec of the merchant's own country. Its accounts decide with what a payment can be paid. */
function ownCountrySpec({ caller }: Call): Stripe.CountrySpec {
  const channel = (name: string) => ({ capabilities: capabilitiesOfChannel(name) });
  const capabilities = capabilitiesFor({ channel }, caller);
  return renderCountrySpec(
    caller.settings,
    METHOD_TYPES.filter((type) => capabilityOf(capabilities, type)),
  );
}

/**
 * The spec of the merchant's own country.
 * @throws 404 resource_missing for any other
 * @see https://docs.stripe.com/api/country_specs/retrieve
 */
const retrieveCountrySpec: Operation<AccountDeps, object> = {
  method: 'GET',
  path: '/v1/country_specs/{id}',
  params: noParams,
  returns: { object: 'country_spec' },
  run: async (_, call) => {
    const { id = '' } = call.path;
    if (id !== call.caller.settings.country) throw noSuch('country', id, 'country');
    return { status: 200, body: ownCountrySpec(call) };
  },
};

const listCountrySpecs: Operation<AccountDeps, ListParams> = {
  method: 'GET',
  path: '/v1/country_specs',
  params: pageParams,
  returns: { object: 'country_spec', list: true },
  run: async (_, call) => {
    const page = pageOf([ownCountrySpec(call)], { ...LISTED, object: 'country', params: call.params });
    return { status: 200, body: listBody(page, '/v1/country_specs', (each) => each) };
  },
};

export const accountOperations = [
  retrieveOwn,
  retrieve,
  listExternal,
  retrieveExternal,
  retrieveBankAccount,
  listPersons('persons'),
  listPersons('people'),
  listCapabilities,
  retrieveCapability,
  retrieveBalanceSettings,
  listCountrySpecs,
  retrieveCountrySpec,
] as const;
