import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { embeddedTemplate, type Found, SHIPPED_FILE } from '../../../../bin/embedded/wiring/template.ts';
import { importsOf, sourcesIn } from '../../../../bin/local/structure.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

let root: string;
let cacheFile: string;
let made: string[];

const write = (name: string, content: string): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
};

/** Sources, with a synthesis that counts and writes what it was asked for. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'template-'));
  folders.push(root);
  cacheFile = join(root, '.local/embedded/template.json');
  made = [];
  write('lib/app.ts', 'app');
  write('lib/nested/data.ts', 'data');
  write('cdk.json', '{}');
  write('package-lock.json', '{}');
  write('bin/embedded/wiring/synthesize.ts', 'synthesize');
});

const find = (settings: Record<string, string> = {}): Promise<Found> =>
  embeddedTemplate({ root, cacheFile, settings }, async (file, asked) => {
    made.push(JSON.stringify(asked));
    writeFileSync(file, JSON.stringify({ Resources: {}, Description: `number ${made.length}` }));
  });

describe('in a checkout', () => {
  it('a start without changes reads what was made before', async () => {
    expect(await find()).toEqual({ from: 'synthesis', template: { Resources: {}, Description: 'number 1' } });
    expect(await find()).toEqual({ from: 'cache', template: { Resources: {}, Description: 'number 1' } });
    expect(made).toEqual(['{}']);
    expect(readdirSync(dirname(cacheFile))).toEqual(['template.json']);
  });

  it.each([
    ['lib/nested/data.ts', 'datA'],
    ['lib/new.ts', ''],
    ['cdk.json', '{ }'],
    ['package-lock.json', '{ }'],
    ['bin/embedded/wiring/synthesize.ts', 'other'],
  ])('a change of %s makes a new one', async (name, content) => {
    await find();

    write(name, content);

    expect((await find()).from).toBe('synthesis');
    expect((await find()).from).toBe('cache');
  });

  it('content that moves from one file to another is a change', async () => {
    write('lib/a.ts', 'xy');
    write('lib/b.ts', 'z');
    await find();

    write('lib/a.ts', 'x');
    write('lib/b.ts', 'yz');

    expect((await find()).from).toBe('synthesis');
  });

  it('other settings have another template; their order does not count', async () => {
    await find({ stackName: 'Shop', paymentsConcurrency: '3' });

    expect((await find({ paymentsConcurrency: '3', stackName: 'Shop' })).from).toBe('cache');
    expect((await find({ stackName: 'Shop' })).from).toBe('synthesis');
    expect(made).toEqual(['{"stackName":"Shop","paymentsConcurrency":"3"}', '{"stackName":"Shop"}']);
  });

  it('a broken file and a failed synthesis leave nothing that a later start would take', async () => {
    mkdirSync(dirname(cacheFile), { recursive: true });
    writeFileSync(cacheFile, '{"digest":"');
    const failing = embeddedTemplate({ root, cacheFile, settings: {} }, async (file) => {
      writeFileSync(file, 'half');
      throw new Error('interrupted');
    });

    await expect(failing).rejects.toThrow('interrupted');
    expect(readdirSync(dirname(cacheFile))).toEqual(['template.json']);
    expect((await find()).from).toBe('synthesis');
    expect((await find()).from).toBe('cache');
  });
});

describe('in a package', () => {
  /** The template as it is shipped, made of the sources as they are now. */
  const ship = async (settings: Record<string, string> = {}): Promise<void> => {
    await find(settings);
    write(SHIPPED_FILE, readFileSync(cacheFile, 'utf8'));
    rmSync(cacheFile);
    made = [];
  };

  it('the shipped template is used without sources: npm leaves the lock file out', async () => {
    await ship();
    rmSync(join(root, 'package-lock.json'));

    expect(await find()).toMatchObject({ from: 'package', template: { Description: 'number 1' } });
    expect(made).toEqual([]);
  });

  it('the shipped template is used where the sources are those that it was made of', async () => {
    await ship();

    expect((await find()).from).toBe('package');
    write('lib/app.ts', 'changed');
    expect((await find()).from).toBe('synthesis');
  });

  it('without sources there is no other template, and the message says so', async () => {
    await ship();
    rmSync(join(root, 'lib'), { recursive: true });

    await expect(find({ stackName: 'Shop' })).rejects.toThrow('is missing or has other settings');
    rmSync(join(root, SHIPPED_FILE));
    await expect(find()).rejects.toThrow('is missing or has other settings');
    expect(made).toEqual([]);
  });
});

it('what the stacks import of our own is in lib/, which the digest covers', () => {
  const outside = sourcesIn('lib').flatMap((file) =>
    importsOf(file).filter((target) => /^(bin|functions|test|docs)\//.test(target)),
  );

  expect(outside).toEqual([]);
});
