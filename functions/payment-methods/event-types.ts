/** Types of the events that a commit of a payment method announces: only what happens to it with a customer. Pure. */
import { type MethodRecord, renderMethod } from './method.ts';

/** What happens to a method with a customer, as `payment_method.…` and as `customer.source.…`. */
const AS_SOURCE = { attached: 'created', updated: 'updated', detached: 'deleted' } as const;
type Happening = keyof typeof AS_SOURCE;

const SOURCE = 'customer.source.';
/** Whether the event shows the card as a source. */
export const isOfSource = (type: string): boolean => type.startsWith(SOURCE);

export function methodTypes(old: MethodRecord | undefined, method: MethodRecord): readonly string[] {
  const happening = happeningTo(old, method);
  if (happening === undefined) return [];
  return [`payment_method.${happening}`, ...(method.asSource ? [`${SOURCE}${AS_SOURCE[happening]}`] : [])];
}

function happeningTo(old: MethodRecord | undefined, method: MethodRecord): Happening | undefined {
  if (method.customer === undefined) return old?.customer === undefined ? undefined : 'detached';
  if (old?.customer === undefined) return 'attached';
  return renderedText(old) === renderedText(method) ? undefined : 'updated';
}

const renderedText = (method: MethodRecord): string => JSON.stringify(renderMethod(method, method.livemode));
