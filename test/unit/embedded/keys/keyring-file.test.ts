import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bindKeyring, boundKeyring } from '../../../../bin/embedded/keys/bound.ts';
import { isOutside, type KeyringOptions, openKeyring, rotateKey } from '../../../../bin/embedded/keys/keyring-file.ts';
import { memoryStore } from '../../../../bin/embedded/store/store.ts';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keyring-'));
  roots.push(root);
  file = join(root, 'data/keys/keyring.json');
});

const KEYS = [
  { name: 'secrets', kind: 'encrypt' },
  { name: 'fingerprint', kind: 'mac' },
] as const;
const open = (options: Partial<KeyringOptions> = {}) => openKeyring({ file, keys: KEYS, mayCreate: true, ...options });
const plain = Buffer.from('secret');

describe('the first start', () => {
  it('makes a file that its user alone may read, and the next one opens it', async () => {
    const first = await open();
    const second = await open({ mayCreate: false });

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(second.id).toBe(first.id);
    expect(second.decrypt('secrets', first.encrypt('secrets', plain, { a: 'b' }), { a: 'b' })).toEqual(plain);
    expect(second.mac('fingerprint', plain)).toEqual(first.mac('fingerprint', plain));
    expect(readdirSync(join(root, 'data/keys'))).toEqual(['keyring.json']);
  });

  it('of several processes at a time makes one file', async () => {
    const rings = await Promise.all([open(), open(), open()]);

    expect(new Set(rings.map(({ id }) => id)).size).toBe(1);
    expect(rings[2].decrypt('secrets', rings[0].encrypt('secrets', plain, {}), {})).toEqual(plain);
  });

  it('makes other keys each time', async () => {
    const other = await open({ file: join(root, 'other.json') });
    const ring = await open();

    expect(other.id).not.toBe(ring.id);
    expect(other.mac('fingerprint', plain)).not.toEqual(ring.mac('fingerprint', plain));
  });
});

describe('a later start', () => {
  it('does not make a file that is missing: the data would not open', async () => {
    await expect(open({ mayCreate: false })).rejects.toThrow(`keyring ${file} is missing`);
    expect(readdirSync(root)).toEqual([]);
  });

  it('adds a key that a later release asks for, and keeps the others', async () => {
    const before = await open();
    const keys = [...KEYS, { name: 'vault', kind: 'encrypt' } as const];
    const extended = await open({ keys, mayCreate: false });
    const again = await open({ keys, mayCreate: false });

    expect(again.decrypt('secrets', before.encrypt('secrets', plain, {}), {})).toEqual(plain);
    expect(again.decrypt('vault', extended.encrypt('vault', plain, {}), {})).toEqual(plain);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that others may read, and one that is no keyring, without its content', async () => {
    await open();
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file, mode);
      await expect(open()).rejects.toThrow('other users may read or change it');
    }
    chmodSync(file, 0o600);
    const content = JSON.parse(readFileSync(file, 'utf8')) as { keys: { secrets: { versions: { secret: string }[] } } };
    const secret = content.keys.secrets.versions[0]!.secret;
    for (const text of [
      '',
      '{',
      '[]',
      JSON.stringify({ ...content, format: 2 }),
      JSON.stringify({ ...content, x: 1 }),
    ]) {
      writeFileSync(file, text);
      await expect(open()).rejects.toThrow(`keyring ${file}: is no keyring of this release`);
    }
    content.keys.secrets.versions[0]!.secret = secret.slice(4);
    writeFileSync(file, JSON.stringify(content));
    const refusal = await open().catch((error: unknown) => String(error));
    expect(refusal).toContain('is no keyring of this release');
    expect(refusal).not.toContain(secret.slice(4, 12));
  });

  it('refuses a key of another kind', async () => {
    await open();

    await expect(open({ keys: [{ name: 'fingerprint', kind: 'encrypt' }] })).rejects.toThrow(
      'key fingerprint is not one to encrypt with',
    );
  });
});

describe('rotation', () => {
  it('keeps what was encrypted before; the file is replaced as a whole', async () => {
    const before = await open();
    await rotateKey(file, 'secrets');
    const after = await open();

    expect(after.decrypt('secrets', before.encrypt('secrets', plain, {}), {})).toEqual(plain);
    expect(() => before.decrypt('secrets', after.encrypt('secrets', plain, {}), {})).toThrow();
    expect(after.id).toBe(before.id);
    expect(after.mac('fingerprint', plain)).toEqual(before.mac('fingerprint', plain));
  });

  it('is refused for a key that makes MACs, and for one that is not there', async () => {
    await open();

    await expect(rotateKey(file, 'fingerprint')).rejects.toThrow('cannot rotate');
    await expect(rotateKey(file, 'toString')).rejects.toThrow('there is no key toString');
    await expect(rotateKey(join(root, 'none.json'), 'secrets')).rejects.toThrow('there is no key secrets');
  });
});

it('a store is bound to the keyring of its first start', async () => {
  const store = memoryStore();

  expect(boundKeyring(store, 'vault')).toBeUndefined();
  await bindKeyring(store, 'vault', { id: 'first' });
  await bindKeyring(store, 'vault', { id: 'first' });
  await bindKeyring(store, 'stack', { id: 'second' });

  await expect(bindKeyring(store, 'vault', { id: 'second' })).rejects.toThrow('the keyring vault is not the one');
  expect([boundKeyring(store, 'vault'), boundKeyring(store, 'stack')]).toEqual(['first', 'second']);
});

it('a keyring is outside of the data directory when its file is; links are followed', async () => {
  const data = join(root, 'data');
  await open();
  const outside = join(root, 'data-keys.json');
  await open({ file: outside });
  symlinkSync(outside, join(data, 'link.json'));
  mkdirSync(join(root, 'links'));
  symlinkSync(data, join(root, 'links/data'));

  expect(isOutside(file, data)).toBe(false);
  expect(isOutside(join(root, 'links/data/keys/keyring.json'), data)).toBe(false);
  expect(isOutside(file, join(root, 'links/data'))).toBe(false);
  expect(isOutside(outside, data)).toBe(true);
  expect(isOutside(join(data, 'link.json'), data)).toBe(true);
});
