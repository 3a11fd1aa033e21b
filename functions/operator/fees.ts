/** Fees as an operator changes and reads them: of every type of payment method, or of one. Pure. */
import { METHOD_TYPES, type MethodType } from '../channels/port/instrument.ts';
import type { FeeTerms, MethodFees } from '../kernel/money.ts';
import type { ByCurrency } from '../merchants/merchant.ts';
import { CommandError } from './command-error.ts';

/** An amount in the merchant's own currency, or one per currency. */
export type WantedAmounts = bigint | ByCurrency;

/** `method`: the type that the change is for, else it is for every type without fees of its own. `default`: it has none of its own any longer. */
export interface WantedFees {
  readonly method?: MethodType | undefined;
  readonly feeBps?: number | 'default' | undefined;
  readonly feeFixed?: WantedAmounts | 'default' | undefined;
}

/** Amounts in minor units, as text. */
type RenderedAmounts = Readonly<Record<string, string>>;

export interface RenderedFees {
  readonly feeBps: number;
  /** By currency; payments in any other are refused. */
  readonly feeFixed: RenderedAmounts;
  /** By type of payment method: what is agreed for it alone. */
  readonly feesByMethod: Readonly<Record<string, { readonly feeBps?: number; readonly feeFixed?: RenderedAmounts }>>;
}

export const renderedAmounts = (amounts: ByCurrency): RenderedAmounts =>
  Object.fromEntries(
    Object.entries(amounts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, amount]) => [currency, String(amount)]),
  );

export const renderedFees = ({ feeBps, fixedIn = {}, byMethod = {} }: FeeTerms): RenderedFees => ({
  feeBps,
  feeFixed: renderedAmounts(fixedIn),
  feesByMethod: Object.fromEntries(
    Object.entries(byMethod).map(([type, own]) => [
      type,
      {
        ...(own.feeBps !== undefined && { feeBps: own.feeBps }),
        ...(own.fixedIn && { feeFixed: renderedAmounts(own.fixedIn) }),
      },
    ]),
  ),
});

/**
 * The terms with the fees as wanted, in the version that they had. `own` is the merchant's currency.
 * @throws CommandError for `default` of all types, for a type without a fee to change, and for a fixed part in a currency that has none by default
 */
export function changedFees(fees: FeeTerms, { method, feeBps, feeFixed }: WantedFees, own: string): FeeTerms {
  if (method !== undefined) return ofMethod(fees, method, { feeBps, feeFixed }, own);
  if (feeBps === 'default' || feeFixed === 'default') throw new CommandError('method: default is for one method alone');
  return {
    ...fees,
    feeBps: feeBps ?? fees.feeBps,
    fixedIn: changedAmounts(fees.fixedIn ?? {}, feeFixed, own),
  };
}

function ofMethod(fees: FeeTerms, method: MethodType, wanted: WantedFees, own: string): FeeTerms {
  const { feeBps, feeFixed } = wanted;
  if (feeBps === undefined && feeFixed === undefined)
    throw new CommandError('method: give the feeBps or the feeFixed of it');
  const { byMethod = {}, ...kept } = fees;
  const old = byMethod[method] ?? {};
  const bps = feeBps === undefined ? old.feeBps : feeBps;
  const fixedIn = feeFixed === 'default' ? {} : changedAmounts(old.fixedIn ?? {}, feeFixed, own);
  const unknown = Object.keys(fixedIn).find((currency) => fees.fixedIn?.[currency] === undefined);
  if (unknown !== undefined)
    throw new CommandError(`feeFixed: set the one in ${unknown} of all methods first; without it payments are refused`);
  const changed: MethodFees = {
    ...(bps !== undefined && bps !== 'default' && { feeBps: bps }),
    ...(Object.keys(fixedIn).length > 0 && { fixedIn }),
  };
  // In one order, so that the same fees are the same text.
  const all = METHOD_TYPES.flatMap((type) => {
    const one = type === method ? changed : byMethod[type];
    return one && Object.keys(one).length > 0 ? [[type, one] as const] : [];
  });
  return { ...kept, ...(all.length > 0 && { byMethod: Object.fromEntries(all) }) };
}

/** Whether a fee and the reserve would take more than all of a payment, whatever it is paid with. */
export const takesTooMuch = ({ feeBps, reserveBps, byMethod = {} }: FeeTerms): boolean =>
  [feeBps, ...Object.values(byMethod).map((own) => own.feeBps ?? 0)].some((bps) => bps + reserveBps > 10_000);

export const changedAmounts = (amounts: ByCurrency, wanted: WantedAmounts | undefined, own: string): ByCurrency => ({
  ...amounts,
  ...(typeof wanted === 'bigint' ? { [own]: wanted } : wanted),
});
