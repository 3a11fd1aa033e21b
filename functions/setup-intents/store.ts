/** Writes of a setup intent. */
import { announcing } from '../table/announces.ts';
import { putRecord } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import { setupTypes } from './event-types.ts';
import { SETUP_INTENT, type SetupIntent } from './setup-intent.ts';

/** Writes the intent, which follows `before` as that is stored, with what the commit announces. */
export const putSetupIntent = (before: SetupIntent | undefined, intent: SetupIntent): Write =>
  putRecord(SETUP_INTENT, announcing(setupTypes, before, intent));
