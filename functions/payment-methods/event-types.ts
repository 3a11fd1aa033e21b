/** Types of the events that a commit of a payment method announces: only what happens to it with a customer. Pure. */
import { type MethodRecord, renderMethod } from './method.ts';

const SOURCE = 'customer.source.';
/** Whether the event shows the card as a source. */
export const isOfSource = (type: string): boolean => type.startsWith(SOURCE);

/** A change is announced once: as one of the interface by which it was made (docs.stripe.com/api/events/types). */
export function methodTypes(old: MethodRecord | undefined, method: MethodRecord): readonly string[] {
  const asSource = (type: string): readonly string[] => (method.asSource ? [`${SOURCE}${type}`] : []);
  if (method.customer === undefined)
    return old?.customer === undefined ? [] : ['payment_method.detached', ...asSource('deleted')];
  if (old?.customer === undefined) return ['payment_method.attached', ...asSource('created')];
  if (renderedText(old) === renderedText(method)) return [];
  return [method.changedAsSource ? `${SOURCE}updated` : 'payment_method.updated'];
}

const renderedText = (method: MethodRecord): string => JSON.stringify(renderMethod(method, method.livemode));
