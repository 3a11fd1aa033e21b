/** What a commit of a payment method announces: only what happens to it with a customer. */

import { EVENT_VERSIONS, type Projection } from '../stream/kind/kind.ts';
import { type MethodRecord, renderMethod } from './method.ts';

function types(old: MethodRecord | undefined, method: MethodRecord): readonly string[] {
  if (method.customer !== undefined && old?.customer === undefined) return ['payment_method.attached'];
  if (old?.customer !== undefined && method.customer === undefined) return ['payment_method.detached'];
  const changed = old && JSON.stringify(object(old)) !== JSON.stringify(object(method));
  return changed && method.customer !== undefined ? ['payment_method.updated'] : [];
}

const object = (method: MethodRecord): object => renderMethod(method, method.livemode);

export const methodProjection: Projection<MethodRecord> = {
  family: 'o',
  // A method has the body of the intent or customer that it was made with.
  firstEventVersion: EVENT_VERSIONS,
  types,
  object,
};
