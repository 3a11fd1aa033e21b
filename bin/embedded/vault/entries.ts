/** The entries of the functions that handle card numbers: the vault's process alone runs them. */
import { create as vaultApi } from '../../../functions/entries/vault-api.ts';
import { create as vaultForward } from '../../../functions/entries/vault-forward.ts';
import type { Entry } from '../run/entries.ts';

export const VAULT_ENTRIES = {
  'vault-api': vaultApi,
  'vault-forward': vaultForward,
} satisfies Readonly<Record<string, Entry>>;

export type VaultFunction = keyof typeof VAULT_ENTRIES;
