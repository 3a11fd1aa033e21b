/** Types of the events that a commit of a payment method announces: only what happens to it with a customer. Pure. */
import { type MethodRecord, renderMethod } from './method.ts';

export function methodTypes(old: MethodRecord | undefined, method: MethodRecord): readonly string[] {
  if (method.customer !== undefined && old?.customer === undefined) return ['payment_method.attached'];
  if (old?.customer !== undefined && method.customer === undefined) return ['payment_method.detached'];
  const changed = old && renderedText(old) !== renderedText(method);
  return changed && method.customer !== undefined ? ['payment_method.updated'] : [];
}

const renderedText = (method: MethodRecord): string => JSON.stringify(renderMethod(method, method.livemode));
