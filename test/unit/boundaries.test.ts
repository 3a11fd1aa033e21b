/** The rules of the layout: what each folder may import, how large a file may be, and where AWS is called. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { circlesIn, importsOf, LAYERS, shares, sourcesIn, structure } from '../../bin/local/structure.ts';

const functions = sourcesIn('functions');
const found = structure();

describe('functions', () => {
  it('are all in a folder of the list of layers', () => {
    expect(found.unknown).toEqual([]);
    expect(LAYERS.flat().filter((folder) => !found.lines.has(folder))).toEqual([]);
  });

  it('depend on lower layers and on folders to the left in their own', () => {
    expect(found.up).toEqual([]);
    expect(found.mutual).toEqual([]);
  });

  it('are spread: no folder holds more than 15 % of the lines', () => {
    const [[, largest]] = [...shares(found)] as [[string, number]];
    expect(largest).toBeLessThanOrEqual(0.15);
  });

  it('reach for the product’s own infrastructure, tests or tools nowhere', () => {
    const wrong = functions.flatMap((file) =>
      importsOf(file).filter(
        (target) => /^(lib|test|bin)\//.test(target) || /^(aws-cdk|constructs|vitest)/.test(target),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('stand in no circle: what a file imports never comes back to it', () => {
    expect(circlesIn(functions)).toEqual([]);
    expect(circlesIn(sourcesIn('lib'))).toEqual([]);
  });

  it('speak to AWS in entries, wiring, clients and stores only', () => {
    const speakers = functions.filter((file) => importsOf(file).some((target) => target.startsWith('@aws-sdk/')));
    const allowed = /^functions\/(entries|table)\/|\/(store|client|keys|files|start|queue)\.ts$/;
    expect(speakers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('take their environment from the platform: none reads the process', () => {
    expect(functions.filter((file) => /process\.(env|argv|cwd)/.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('import the sandbox from its own entries and that of the operator only', () => {
    const knowing = functions.filter(
      (file) =>
        !/^functions\/(sandbox\/|entries\/sandbox-)/.test(file) &&
        importsOf(file).some((target) => target.startsWith('functions/sandbox/')),
    );
    expect(knowing).toEqual(['functions/entries/merchants-operator.ts']);
  });
});

it('the infrastructure knows functions by their names in lib/functions.json, and imports none of their code', () => {
  const wrong = sourcesIn('lib').filter((file) => importsOf(file).some((target) => target.startsWith('functions/')));
  expect(wrong).toEqual([]);
});

describe('every file', () => {
  const files = [...functions, ...sourcesIn('lib'), ...sourcesIn('bin'), ...sourcesIn('test')];

  it('is read in one sitting: at most 360 lines', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 361)).toEqual([]);
  });

  it('begins by saying what it is for, in functions', () => {
    const documented = (file: string): boolean => readFileSync(file, 'utf8').startsWith('/**');
    expect(functions.filter((file) => !documented(file))).toEqual([]);
  });

  it('has no default export where no tool asks for one, and no leftover marks', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''));
    const wrong = files.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return marks.test(text) || (/^export default/m.test(text) && !file.endsWith('vitest.config.ts'));
    });
    expect(wrong).toEqual([]);
  });
});
