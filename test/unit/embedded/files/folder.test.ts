import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FolderClient } from '../../../../bin/embedded/files/folder.ts';
import { bucketFiles, type Files } from '../../../../functions/table/files.ts';

const bucket = { name: 'reports', physicalName: 'reports', arn: 'arn:aws:s3:::reports' };
const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

let root: string;
let asked: string[];
let refused: string[];
let client: FolderClient;
let synced: () => Promise<void>;
let files: Files;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'folder-'));
  roots.push(root);
  [asked, refused] = [[], []];
  const mayUse = (action: string, arn: string): void => {
    asked.push(`${action} ${arn}`);
    if (refused.includes(action)) throw new Error(`${action} is refused`);
  };
  synced = async () => {};
  client = new FolderClient({ bucket, folder: join(root, 'reports'), synced: () => synced(), mayUse });
  files = bucketFiles(client as unknown as S3Client, 'reports');
});

/** Every file below the root, also those that were being written. */
const written = (): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

describe('an object', () => {
  it('is written once all that it may show is on disk', async () => {
    let isSynced = (): void => {};
    synced = () => new Promise((resolve) => (isSynced = resolve));
    const put = files.put('reports/Scope001/1-usd.csv', '1\n', 'text/csv');
    await new Promise((resolve) => setImmediate(resolve));
    expect(written()).toEqual([]);
    isSynced();
    await put;
    expect(written()).toHaveLength(1);
  });

  it('is read as it was written, and replaced as a whole', async () => {
    await files.put('reports/Scope001/1-usd.csv', 'é,1\n', 'text/csv');
    await files.put('reports/Scope001/1-usd.csv', 'é,2\n', 'text/csv');

    expect(await files.get('reports/Scope001/1-usd.csv')).toBe('é,2\n');
    expect(written()).toEqual(['reports/reports/Scope001/1-usd.csv']);
    expect(readFileSync(join(root, 'reports/reports/Scope001/1-usd.csv'), 'utf8')).toBe('é,2\n');
    expect(statSync(join(root, 'reports/reports/Scope001/1-usd.csv')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'reports')).mode & 0o777).toBe(0o700);
  });

  it('that was never written is missing, also where a folder or a file is in its way', async () => {
    await files.put('a/b', '1', 'text/plain');

    for (const key of ['nothing', 'a', 'a/b/c', 'a/B']) expect(await files.get(key), key).toBeUndefined();
    await expect(files.put('a/b/c', '1', 'text/plain')).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  it('can be bytes', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'reports', Key: 'bytes', Body: Buffer.from('x1').subarray(1) }));

    expect(await files.get('bytes')).toBe('1');
  });
});

describe('a key', () => {
  const KEYS = [
    '../x',
    'b/..',
    '.',
    '/x',
    'x/',
    '//',
    'a/../../x',
    '~',
    '.x',
    'a\\b',
    'C:',
    '%2E',
    '%',
    'a b',
    'x*',
    'ß/é',
    'a\0b',
  ];

  it('of any form names a file inside of the folder, and each its own', async () => {
    writeFileSync(join(root, 'x'), 'outside');
    for (const [index, key] of KEYS.entries()) await files.put(key, `content ${index}`, 'text/plain');

    expect(await Promise.all(KEYS.map((key) => files.get(key)))).toEqual(KEYS.map((_, index) => `content ${index}`));
    expect(readFileSync(join(root, 'x'), 'utf8')).toBe('outside');
    expect(written().filter((path) => !path.startsWith('reports/'))).toEqual(['x']);
    expect(written().length).toBe(KEYS.length + 1);
    expect(written().filter((path) => path.split('/').some((part) => part.startsWith('.')))).toEqual([]);
  });
});

describe('rights', () => {
  it('are asked for each object by its ARN', async () => {
    await files.put('a/b', '1', 'text/plain');
    await files.get('a/b');

    expect(asked).toEqual(['s3:PutObject arn:aws:s3:::reports/a/b', 's3:GetObject arn:aws:s3:::reports/a/b']);
    refused = ['s3:PutObject', 's3:GetObject'];
    await expect(files.put('a/b', '2', 'text/plain')).rejects.toThrow('s3:PutObject is refused');
    await expect(files.get('a/b')).rejects.toThrow('s3:GetObject is refused');
    refused = [];
    expect(await files.get('a/b')).toBe('1');
  });

  it('who may not list the bucket does not learn that an object is missing', async () => {
    refused = ['s3:ListBucket'];

    await expect(files.get('nothing')).rejects.toThrow('s3:ListBucket is refused');
    expect(asked).toContain('s3:ListBucket arn:aws:s3:::reports');
  });
});

describe('what no function uses is refused by its name', () => {
  const send = (command: object) => client.send(command as GetObjectCommand);

  it.each([
    [new DeleteObjectCommand({ Bucket: 'reports', Key: 'a' }), 'S3: DeleteObjectCommand is not known here'],
    [new GetObjectCommand({ Bucket: 'reports', Key: 'a', Range: 'bytes=0-1' }), 'S3: Range is not known here'],
    [new PutObjectCommand({ Bucket: 'reports', Key: 'a', Body: '', IfNoneMatch: '*' }), 'S3: IfNoneMatch is not known'],
    [new PutObjectCommand({ Bucket: 'reports', Key: 'a' }), 'a body that is neither text nor bytes'],
    [new GetObjectCommand({ Bucket: 'reports', Key: '' }), 'a request without a bucket or a key'],
  ])('%#', async (command, message) => {
    await expect(send(command)).rejects.toThrow(message);
  });

  it('another bucket is not there, and its rights are asked for under its own ARN', async () => {
    const command = new GetObjectCommand({ Bucket: 'other', Key: 'a' });

    await expect(send(command)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect(asked).toEqual(['s3:GetObject arn:aws:s3:::other/a']);
  });
});
