/** Journal entries as short texts. */
import type { JournalEntry } from '../../../functions/ledger/entry.ts';
import { CREATED_MS } from '../notifications/images.ts';

const legs = (entry: JournalEntry): string =>
  entry.legs.map(({ side, account, amount }) => `${side} ${account} ${amount}`).join(', ');
/** Type, step, commit time after the creation and legs of each entry. */
export const short = (entries: readonly JournalEntry[]): readonly string[] =>
  entries.map((entry) => `${entry.type} ${entry.step} +${entry.committedMs - CREATED_MS}: ${legs(entry)}`);
