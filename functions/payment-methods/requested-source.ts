/** The payment method that a `source` names or describes. */
import { noSuchReference } from '../api/errors.ts';
import type { Caller } from '../api/operation.ts';
import type { Table } from '../table/table.ts';
import { isTestToken, loadMethod } from './method.ts';
import { type RequestedMethod, tokenMethod } from './requested-method.ts';
import type { NamedSource } from './source-params.ts';
import { requestedTestCard } from './typed-test-card.ts';

/** @throws 400 resource_missing; 402 invalid_expiry_month, invalid_expiry_year, invalid_cvc */
export async function requestedSource(
  deps: { readonly table: Table },
  caller: Caller,
  { value: source, param }: NamedSource,
  nowMs: number,
): Promise<RequestedMethod> {
  if (typeof source === 'object') return requestedTestCard(caller, source, nowMs, param);
  if (source.startsWith('tok_') || (!caller.livemode && isTestToken(source)))
    return tokenMethod(deps, caller, source, param);
  const record = await loadMethod(deps.table, caller.scope, source);
  if (!record) throw noSuchReference('source', source, param);
  return { record };
}
