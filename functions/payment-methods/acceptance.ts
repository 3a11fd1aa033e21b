/** That a payer agreed to be charged: what a mandate is made of. Pure. */
import type { ObjectKey } from '../kernel/ids.ts';

/** When and how the payer agreed, as the merchant reports it. */
export interface Acceptance {
  readonly acceptedSeconds: number;
  readonly online?: { readonly ipAddress: string; readonly userAgent: string };
}

export const mandateId = (objectKey: ObjectKey): `mandate_${string}` => `mandate_${objectKey}`;

interface Agreed {
  readonly acceptance?: Acceptance;
  readonly surplus?: boolean;
  readonly status: string;
}

/** The attempt that paid and whose payer agreed to it: it made the payment's mandate. There is at most one. */
export const agreedAttempt = <A extends Agreed>({ attempts }: { readonly attempts: readonly A[] }): A | undefined =>
  attempts.find(
    ({ acceptance, surplus, status }) =>
      acceptance !== undefined && !surplus && ['authorized', 'captured', 'voided'].includes(status),
  );
