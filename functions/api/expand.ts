/**
 * `expand[]`: which members of which object name another object, and putting those objects in their place. What may be expanded is
 * judged before anything is carried out (https://docs.stripe.com/api/expanding_objects).
 */
import { invalidParameter, redacted } from './errors.ts';
import type { Caller, Loaders, Returned } from './operation.ts';
import { wasExpandable } from './versions/as-of.ts';

/** A member that is no object of its own and holds members that name one. */
const INSIDE = Symbol('inside');

/** A list that is in the object only when it is asked for, and has no members: what we do not serve is never in it. */
const EMPTY = Symbol('empty list');

/** A member that is in the object only when it is asked for, and always the same: there are no discounts and no taxes. */
interface Constant {
  readonly is: object;
}
const NONE: Constant = { is: [] };

type Target = string | null | typeof INSIDE | typeof EMPTY | Constant;

/** Member → the kind of object it names. `null`: always null here, so expanding it changes nothing. `source`: the id's prefix decides. */
export const EXPANDABLE: Readonly<Record<string, Readonly<Record<string, Target>>>> = {
  payment_intent: {
    latest_charge: 'charge',
    payment_method: 'payment_method',
    review: 'review',
    customer: 'customer',
    on_behalf_of: null,
    application: null,
    amount_details: INSIDE,
    payment_record: null,
    source: null,
    transfer_data: INSIDE,
  },
  'payment_intent.amount_details': { line_items: null },
  'payment_intent.transfer_data': { destination: null },
  charge: {
    balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    review: 'review',
    refunds: 'refunds',
    payment_method_details: INSIDE,
    failure_balance_transaction: null,
    customer: 'customer',
    on_behalf_of: null,
    application: null,
    application_fee: null,
    transfer: null,
    source_transfer: null,
    outcome: INSIDE,
    transfer_data: INSIDE,
  },
  'charge.outcome': { rule: null },
  'charge.transfer_data': { destination: null },
  'charge.payment_method_details': { card: INSIDE },
  'charge.payment_method_details.card': { mandate: 'mandate' },
  refund: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    customer: 'customer',
    payment_method: 'payment_method',
    source_transfer_reversal: null,
    transfer_reversal: null,
  },
  dispute: { charge: 'charge', payment_intent: 'payment_intent', evidence: INSIDE },
  'dispute.evidence': {
    cancellation_policy: null,
    customer_communication: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    receipt: null,
    refund_policy: null,
    service_documentation: null,
    shipping_documentation: null,
    uncategorized_file: null,
  },
  refunds: {},
  sources: {},
  card: { customer: 'customer', account: null },
  line_items: {},
  balance_transaction: { source: 'source' },
  payout: {
    balance_transaction: 'balance_transaction',
    destination: null,
    failure_balance_transaction: 'balance_transaction',
    application_fee: null,
    original_payout: 'payout',
    reversed_by: 'payout',
  },
  review: { charge: 'charge', payment_intent: 'payment_intent' },
  'checkout.session': {
    customer: 'customer',
    line_items: 'line_items',
    payment_intent: 'payment_intent',
    setup_intent: 'setup_intent',
    invoice: null,
    payment_link: null,
    subscription: null,
    automatic_tax: INSIDE,
    discounts: INSIDE,
    invoice_creation: INSIDE,
    shipping_cost: INSIDE,
    shipping_options: INSIDE,
    total_details: INSIDE,
  },
  'checkout.session.automatic_tax': { liability: INSIDE },
  'checkout.session.automatic_tax.liability': { account: null },
  'checkout.session.discounts': { coupon: null, promotion_code: null },
  'checkout.session.invoice_creation': { invoice_data: INSIDE },
  'checkout.session.invoice_creation.invoice_data': { account_tax_ids: null, issuer: INSIDE },
  'checkout.session.invoice_creation.invoice_data.issuer': { account: null },
  'checkout.session.shipping_cost': { shipping_rate: null, taxes: null },
  'checkout.session.shipping_options': { shipping_rate: null },
  'checkout.session.total_details': { breakdown: { is: { discounts: [], taxes: [] } } },
  item: { price: 'price', discounts: NONE, taxes: NONE },
  price: { product: 'product', currency_options: 'currency_options', tiers: null },
  product: { default_price: 'price', tax_code: null },
  payment_method: { customer: 'customer', card: INSIDE },
  'payment_method.card': { generated_from: INSIDE },
  'payment_method.card.generated_from': { setup_attempt: null },
  mandate: { payment_method: 'payment_method', on_behalf_of: null },
  customer: {
    default_source: 'card',
    test_clock: null,
    invoice_settings: INSIDE,
    sources: 'sources',
    subscriptions: EMPTY,
    tax_ids: EMPTY,
    cash_balance: null,
    tax: null,
  },
  'customer.invoice_settings': { default_payment_method: 'payment_method' },
  setup_intent: {
    customer: 'customer',
    payment_method: 'payment_method',
    latest_attempt: 'setup_attempt',
    mandate: 'mandate',
    single_use_mandate: null,
    application: null,
    on_behalf_of: null,
  },
  setup_attempt: {
    customer: 'customer',
    payment_method: 'payment_method',
    setup_intent: 'setup_intent',
    application: null,
    on_behalf_of: null,
  },
};

const PREFIXES: Readonly<Record<string, string>> = {
  pi: 'payment_intent',
  ch: 'charge',
  re: 'refund',
  po: 'payout',
  du: 'dispute',
  txn: 'balance_transaction',
  cus: 'customer',
  pm: 'payment_method',
  prv: 'review',
};

/** Members that are lists of what belongs to the object, loaded by its id: what they are lists of. */
const LISTS: Readonly<Record<string, string>> = { refunds: 'refund', sources: 'card', line_items: 'item' };

/** Members that are loaded by the id of the object that they are in. */
const LOADED_BY_OWNER: ReadonlySet<string> = new Set([...Object.keys(LISTS), 'currency_options']);

/** `data` of a list is one of them (docs.stripe.com/api/expanding_objects). */
const MAXIMUM_LEVELS = 4;
const MAXIMUM_PATHS = 20;

/** Object names that a member may hold; a balance transaction's source may be any of several. */
const targetsOf = (target: string): readonly string[] =>
  target === 'source' ? ['charge', 'refund', 'payout', 'dispute'] : [target];

/** @throws 400 for a path that cannot be expanded on what the operation returns in this version */
export function assertExpandable(paths: readonly string[], returns: Returned | undefined, version: string): void {
  if (paths.length > MAXIMUM_PATHS)
    throw invalidParameter(`You can expand at most ${MAXIMUM_PATHS} properties at once.`);
  for (const path of paths) {
    const segments = path.split('.');
    const rest = returns?.list ? segments.slice(1) : segments;
    const onList = !returns?.list || segments[0] === 'data';
    const isKnown = (object: string): boolean => (returns?.empty && rest.length > 0) || known([object], rest, version);
    if (returns && onList && segments.length <= MAXIMUM_LEVELS && isKnown(returns.object)) continue;
    const hint =
      returns?.list && known([returns.object], segments, version)
        ? ` You may want to try expanding 'data.${path}' instead.`
        : '';
    throw invalidParameter(`This property cannot be expanded (${redacted(path)}).${hint}`);
  }
}

function known(objects: readonly string[], segments: readonly string[], version: string): boolean {
  const [member, ...rest] = segments;
  if (member === undefined) return true;
  // Inside an expanded list, `data` is the step from the list to its members.
  const listed = objects.flatMap((object) => LISTS[object] ?? []);
  if (member === 'data' && listed.length > 0) return known(listed, rest, version);
  return objects.some((object) => {
    const members = EXPANDABLE[object];
    if (!members || !Object.hasOwn(members, member)) return rest.length === 0 && wasExpandable(object, member, version);
    const target = members[member];
    if (target === INSIDE) return rest.length > 0 && known([`${object}.${member}`], rest, version);
    return typeof target === 'string' ? known(targetsOf(target), rest, version) : rest.length === 0;
  });
}

/** `body` with what the paths name put in place of ids. What cannot be found stays an id. */
export async function expand(
  body: object,
  paths: readonly string[],
  loaders: Loaders,
  caller: Caller,
): Promise<object> {
  if (paths.length === 0) return body;
  const cache = new Map<string, Promise<object | undefined>>();
  const load: Load = (name, id, of) => {
    const key = `${name} ${id}`;
    const loading = cache.get(key) ?? loaders[name]?.(caller, id, of) ?? Promise.resolve(undefined);
    cache.set(key, loading);
    return loading;
  };
  let expanded = body;
  for (const path of paths) expanded = await expandPath(expanded, path.split('.'), load);
  return expanded;
}

type Load = (name: string, id: string, of: { readonly id?: string }) => Promise<object | undefined>;

async function expandPath(value: unknown, segments: readonly string[], load: Load, inside?: string): Promise<object> {
  const object = value as Record<string, unknown> & { object?: string; id?: string };
  const [member, ...rest] = segments;
  if (member === undefined) return object;
  if (member === 'data') {
    const data = object.data as readonly unknown[];
    return { ...object, data: await Promise.all(data.map((entry) => expandPath(entry, rest, load))) };
  }
  const current = object[member];
  const name = inside ?? object.object ?? '';
  const found =
    typeof current === 'object' && current !== null ? current : await loadMember(name, object, member, load);
  const within = EXPANDABLE[name]?.[member] === INSIDE ? `${name}.${member}` : undefined;
  return found === undefined ? object : { ...object, [member]: await expandPath(found, rest, load, within) };
}

async function loadMember(
  name: string,
  object: Record<string, unknown> & { id?: string },
  member: string,
  load: Load,
): Promise<object | undefined> {
  const target = EXPANDABLE[name]?.[member];
  if (typeof target === 'string' && LOADED_BY_OWNER.has(target)) return load(target, String(object.id), object);
  if (target === EMPTY)
    return { object: 'list', data: [], has_more: false, url: `/v1/${name}s/${String(object.id)}/${member}` };
  if (typeof target === 'object' && target !== null) return target.is;
  const id = object[member];
  if (typeof target !== 'string' || typeof id !== 'string') return undefined;
  const kind = target === 'source' ? PREFIXES[id.split('_', 1)[0]!] : target;
  return kind === undefined ? undefined : load(kind, id, object);
}
