/** The members of a closed period, kept as a file: its entries, and their sums per currency. The period holds its digest. */
import { createHash } from 'node:crypto';
import type { Scope } from '../kernel/ids.ts';
import type { Period } from '../ledger/store.ts';
import type { Files } from '../table/files.ts';
import { packJson, unpackJson } from '../table/pack.ts';
import type { Net } from './netting.ts';

export interface Manifest {
  readonly scope: Scope;
  readonly afterMs: number;
  readonly throughMs: number;
  /** `shard sort-key` of every entry, sorted. */
  readonly entries: readonly string[];
  readonly nets: readonly Net[];
}

export interface ManifestFile {
  readonly key: string;
  readonly sha256: string;
  readonly content: string;
}

/** Two closes that race write two files: the name holds the digest. */
export function manifestFile(manifest: Manifest): ManifestFile {
  const content = packJson(manifest);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key: `manifests/${manifest.scope}/${manifest.throughMs}-${sha256.slice(0, 16)}.json`, sha256, content };
}

/** The manifest of a close. Throws when the file is gone or is not the one that was closed. */
export async function readManifest(files: Pick<Files, 'get'>, { key, sha256 }: Period['manifest']): Promise<Manifest> {
  const content = await files.get(key);
  if (content === undefined) throw new Error(`manifest ${key} is gone`);
  if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error(`manifest ${key} was changed`);
  return unpackJson<Manifest>(content);
}
