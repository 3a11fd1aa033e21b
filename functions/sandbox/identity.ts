/**
 * The sandbox's own ids of charges, captures and refunds, beside the merchant's references. A pure function of account and reference, so records
 * that are older than the ids have one. A request may name ids: it is refused when they are not those of what it is about. Pure.
 */
import { createHash } from 'node:crypto';
import type { Charge, Operation } from './charge.ts';
import type { Refund } from './refund.ts';
import { type Refusal, refuse } from './refusal.ts';
import { isKnown, traitOf } from './wallet.ts';

const LENGTH = 12;

const idOf = (prefix: string, ...parts: readonly (string | number)[]): string =>
  prefix + createHash('sha256').update(parts.join('|')).digest('hex').slice(0, LENGTH);

/** An order at Alipay has none before its payer has opened the page. */
export const chargeId = (charge: Charge): string | undefined =>
  isKnown(charge) ? idOf('ch', charge.account, charge.params.reference) : undefined;

export const captureId = ({ account, params }: Charge, { number }: Operation): string =>
  idOf('cp', account, params.reference, number);

/** At PayPal the capture of a payment in one step has an id of its own. */
export const wholeCaptureId = ({ account, params, ...charge }: Charge): string | undefined =>
  params.capture && traitOf({ params })?.resumes && charge.decision === 'approved'
    ? idOf('cp', account, params.reference, 'whole')
    : undefined;

export const refundId = ({ account, params }: Refund): string => idOf('rf', account, params.reference);

/** The ids that a request may name beside its references. */
export interface NamedIds {
  readonly charge_id?: string | undefined;
  readonly capture_id?: string | undefined;
}

/** Why a request is refused that names ids: they are not those of this charge. Undefined where nothing is wrong. */
export function wrongId(charge: Charge, { charge_id: named, capture_id: capture }: NamedIds): Refusal | undefined {
  const captures = charge.operations.filter(({ kind }) => kind === 'capture').map((one) => captureId(charge, one));
  const isRight =
    (named === undefined || named === chargeId(charge)) &&
    (capture === undefined || [...captures, wholeCaptureId(charge)].includes(capture));
  return isRight ? undefined : refuse('wrong_id', 'an id that the request names is not of this charge');
}
