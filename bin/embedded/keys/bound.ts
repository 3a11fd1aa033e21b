/** A store belongs to its keyrings: with other ones its data does not open. */
import { Failure } from '../../local/failure.ts';
import { type Database, prepared } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Keyring } from './keyring.ts';

const factOf = (name: string): string => `keyring:${name}`;

/** The id of the keyring that the store's data is under, by the keyring's part in the stack; undefined before the first start. */
export const boundKeyring = (store: Store, name: string): string | undefined => store.read((db) => boundIn(db, name));

/** Notes the keyring with the first start. Throws a Failure for another one than the first. */
export async function bindKeyring(store: Store, name: string, { id }: Pick<Keyring, 'id'>): Promise<void> {
  const bound = await store.commit((db) => {
    prepared(db, 'INSERT OR IGNORE INTO facts VALUES (?, ?)').run(factOf(name), id);
    return boundIn(db, name);
  });
  if (bound !== id) throw new Failure(`the keyring ${name} is not the one that this stack’s data is under`);
}

function boundIn(db: Database, name: string): string | undefined {
  const row = prepared(db, 'SELECT value FROM facts WHERE name = ?').get(factOf(name)) as { value: string } | undefined;
  return row?.value;
}
