/** The file of a keyring: made once, for its user alone. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import * as z from 'zod/mini';
import { Failure } from '../../local/failure.ts';
import { createFile, makeFolder, replaceFile } from '../files/replace-file.ts';
import type { Key } from '../wiring/model-types.ts';
import { Keyring } from './keyring.ts';

const KEY_BYTES = 32;
/** Of the file. */
const FORMAT = 1;
const MODE = 0o600;

const secret = z.string().check(z.regex(/^[A-Za-z0-9+/]{43}=$/));
const versionId = z.string().check(z.regex(/^[0-9a-f]{32}$/));
const contentSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string(),
  keys: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['encrypt', 'mac']),
      versions: z.array(z.strictObject({ id: versionId, secret })).check(z.minLength(1)),
    }),
  ),
});
type Content = z.infer<typeof contentSchema>;

const newVersion = (): { readonly id: string; readonly secret: string } => ({
  id: randomBytes(16).toString('hex'),
  secret: randomBytes(KEY_BYTES).toString('base64'),
});

type NamedKey = Pick<Key, 'name' | 'kind'>;

const newKeys = (keys: readonly NamedKey[]): Content['keys'] =>
  Object.fromEntries(keys.map(({ name, kind }) => [name, { kind, versions: [newVersion()] }]));

export interface KeyringOptions {
  readonly file: string;
  /** The keys that the file holds. */
  readonly keys: readonly NamedKey[];
  /** Whether the store has no data yet: otherwise its data is under keys that a new file would not have. */
  readonly mayCreate: boolean;
}

/**
 * Opens a keyring, or makes it with the first start. A key that a later release asks for is added: nothing is encrypted with it yet. Throws a
 * Failure for a file that is missing, that others may read, or that is no keyring.
 */
export async function openKeyring({ file, keys, mayCreate }: KeyringOptions): Promise<Keyring> {
  const found = contentIn(file) ?? (await created(file, keys, mayCreate));
  const wrong = keys.find(({ name, kind }) => (keyIn(found, name)?.kind ?? kind) !== kind);
  if (wrong) throw new Failure(`keyring ${file}: key ${wrong.name} is not one to ${wrong.kind} with`);
  const missing = keys.filter(({ name }) => keyIn(found, name) === undefined);
  if (missing.length === 0) return new Keyring(found);
  const extended = { ...found, keys: { ...found.keys, ...newKeys(missing) } };
  await write(file, extended);
  return new Keyring(extended);
}

const keyIn = ({ keys }: Content, name: string): Content['keys'][string] | undefined =>
  Object.hasOwn(keys, name) ? keys[name] : undefined;

/** Adds a version to a key that encrypts. What was encrypted before still opens; a running stack uses it from its next start. */
export async function rotateKey(file: string, name: string): Promise<void> {
  const content = contentIn(file);
  const key = content && keyIn(content, name);
  if (content === undefined || key === undefined) throw new Failure(`keyring ${file}: there is no key ${name}`);
  if (key.kind === 'mac')
    throw new Failure(`keyring ${file}: key ${name} makes MACs and cannot rotate: stored ones would match no more`);
  const rotated = { ...key, versions: [...key.versions, newVersion()] };
  await write(file, { ...content, keys: { ...content.keys, [name]: rotated } });
}

/** Whether who copies the data directory has no keys with it. Live keys of merchants need that. */
export function isOutside(file: string, dataDirectory: string): boolean {
  return !realpathSync(file).startsWith(`${realpathSync(dataDirectory)}${sep}`);
}

async function created(file: string, keys: readonly NamedKey[], mayCreate: boolean): Promise<Content> {
  if (!mayCreate) throw new Failure(`keyring ${file} is missing: the data of this stack opens with its keys alone`);
  const content: Content = { format: FORMAT, id: randomUUID(), keys: newKeys(keys) };
  await makeFolder(dirname(resolve(file)));
  // Another process may have made it meanwhile.
  return (await createFile(file, bytesOf(content), MODE)) ? content : contentIn(file)!;
}

const write = (file: string, content: Content): Promise<void> => replaceFile(file, bytesOf(content), MODE);

const bytesOf = (content: Content): Buffer => Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`);

/** The content of the file, or undefined where there is none. No message quotes it. */
function contentIn(file: string): Content | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure(`keyring ${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const others = statSync(file).mode & 0o077;
  if (others !== 0 && process.platform !== 'win32')
    throw new Failure(`keyring ${file}: other users may read or change it. Run chmod 600 on it.`);
  const parsed = z.safeParse(contentSchema, jsonIn(text));
  if (!parsed.success) throw new Failure(`keyring ${file}: is no keyring of this release`);
  return parsed.data;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
