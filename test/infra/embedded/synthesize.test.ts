/** The program that a first start runs: it makes the template that the tests of this folder check. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { embeddedTemplate as templateOnDisk } from '../../../bin/embedded/wiring/template.ts';
import { localPath, ROOT } from '../../../bin/local/files.ts';
import { embeddedTemplate } from '../synth.ts';

it('the first start makes the template, with its settings, and the second one finds it', async () => {
  const cacheFile = localPath('test', 'embedded', 'template.json');
  rmSync(dirname(cacheFile), { recursive: true, force: true });
  const wanted = { root: ROOT, cacheFile, settings: { paymentsConcurrency: '2' } };

  const made = await templateOnDisk(wanted);
  const found = await templateOnDisk(wanted);

  expect(made.from).toBe('synthesis');
  expect(made.template).toEqual(embeddedTemplate({ paymentsConcurrency: '2' }));
  expect(found).toEqual({ from: 'cache', template: made.template });
  expect(readdirSync(dirname(cacheFile))).toEqual(['template.json']);
});
