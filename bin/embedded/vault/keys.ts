/** Which process has which keys: those of cards are in the vault's process alone. */
import type { Model } from '../wiring/model.ts';
import type { Key } from '../wiring/model-types.ts';

/** Encrypts cards, and makes their fingerprints. */
export const VAULT_KEYS = ['vault', 'fingerprint'];
/** Encrypts the credentials of channels and the secrets of webhooks. The vault's process needs the credentials to forward a card. */
export const SHARED_KEYS = ['secrets'];

/** The keys with these names. Throws where the template lacks one. */
export const keysOf = ({ keys }: Pick<Model, 'keys'>, names: readonly string[]): readonly Key[] =>
  names.map((name) => {
    const key = keys.get(name);
    if (!key) throw new Error(`template: there is no key ${name}`);
    return key;
  });
