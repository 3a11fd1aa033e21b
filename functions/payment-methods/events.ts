/** What a commit of a payment method announces. */

import { EVENT_VERSIONS, type Projection } from '../stream/kind/kind.ts';
import { isOfSource, methodTypes } from './event-types.ts';
import { type MethodRecord, renderMethod } from './method.ts';
import { renderSource } from './source-card.ts';

export const methodProjection: Projection<MethodRecord> = {
  family: 'o',
  // A method has the object key of the intent or customer that it was made with.
  firstEventVersion: EVENT_VERSIONS,
  types: methodTypes,
  object: (method, type) =>
    isOfSource(type) && method.type === undefined ? renderSource(method) : renderMethod(method, method.livemode),
};
