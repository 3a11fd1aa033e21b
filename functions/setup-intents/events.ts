/** What a commit of a setup intent announces. */

import type { Projection } from '../stream/kind/kind.ts';
import { setupTypes } from './event-types.ts';
import { isSetupOpen, type SetupIntent } from './setup-intent.ts';
import { renderSetupIntent } from './wire.ts';

export const setupProjection: Projection<SetupIntent> = {
  family: 'o',
  types: setupTypes,
  object: (intent) => renderSetupIntent(intent),
  recheck: (intent) => (isSetupOpen(intent) ? 's' : undefined),
};
