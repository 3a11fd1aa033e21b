/** Writes of a payment method: the record, and its reservation for the one payment that it may pay without a customer. */
import { keyOf, putAnnounced } from '../table/record.ts';
import { all, any, equal, missing, type Write } from '../table/table.ts';
import { methodTypes } from './event-types.ts';
import { METHOD, type MethodRecord } from './method.ts';
import type { Use } from './use.ts';

/**
 * Reserves a method without a customer for the one payment it may pay: written with the first commit, before anything is sent, so that no crash and
 * no race lets it pay twice. Holds while the method is as it was read; one that an earlier payment failed with may be taken from it.
 */
export function reserveMethod({ scope, body, version, usedBy, usedFor = 0 }: MethodRecord, payment: Use): Write {
  const use = useOf(payment);
  return {
    kind: 'update',
    table: 'payments',
    key: keyOf(METHOD, scope, body),
    set: use,
    when: all(equal('v', version), any(missing('usedBy'), isUse(usedBy === undefined ? use : { usedBy, usedFor }))),
  };
}

/** The payment's last attempt, which the reservation is for. */
const useOf = ({ body, attempts }: Use): UsedBy => ({ usedBy: body, usedFor: attempts.length });

type UsedBy = Required<Pick<MethodRecord, 'usedBy' | 'usedFor'>>;
const isUse = ({ usedBy, usedFor }: UsedBy) => all(equal('usedBy', usedBy), equal('usedFor', usedFor));

/**
 * Writes a new method (conflicts when it is there), or its next version: while no payment has taken it since it was read, or one that paid
 * without a customer would pay again. It follows `before` as that is stored, and says what the commit announces.
 */
export function writeMethod(before: MethodRecord | undefined, { usedBy, usedFor = 0, ...record }: MethodRecord): Write {
  const write = putAnnounced(METHOD, methodTypes, before, record);
  if (write.kind !== 'put' || record.version === 1) return write;
  const asRead = usedBy === undefined ? missing('usedBy') : isUse({ usedBy, usedFor });
  return { ...write, when: all(write.when, asRead) };
}

/** Writes a new method that `payment` takes at once. */
export function writeReserved(record: MethodRecord, payment: Use): Write {
  const write = writeMethod(undefined, record);
  return write.kind === 'put' ? { ...write, item: { ...write.item, ...useOf(payment) } } : write;
}
