/** Writes of a setup intent. */
import { assertMove } from '../kernel/transitions.ts';
import { putAnnounced } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import { setupTypes } from './event-types.ts';
import { NEXT_SETUP_STATUS, SETUP_INTENT, type SetupIntent } from './setup-intent.ts';

/** Writes the intent, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putSetupIntent(before: SetupIntent | undefined, intent: SetupIntent): Write {
  assertMove('setup intent', NEXT_SETUP_STATUS, before?.status, intent.status);
  return putAnnounced(SETUP_INTENT, setupTypes, before, intent);
}
