/** The rows of empty lists against the types of the SDK: the same filters, required ones included, and creations where Stripe has them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';

const RESOURCES = 'node_modules/stripe/cjs/resources';

interface Resource {
  readonly types: string;
  readonly parameters: string;
}

/** The resources of the SDK by the path of their list. */
const resources = new Map<string, Resource>();
for (const name of readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' }).filter((each) =>
  each.endsWith('.d.ts'),
)) {
  const types = readFileSync(join(RESOURCES, name), 'utf8');
  const code = readFileSync(join(RESOURCES, name.replace('.d.ts', '.js')), 'utf8');
  const path = /\n {4}list\([^{]*\{[^}]*'GET', '\/v1\/([^']+)'/.exec(code)?.[1];
  const parameters = /^ {4}list\(params\??: ([\w.]+)/m.exec(types)?.[1]?.split('.').at(-1);
  if (path !== undefined && parameters !== undefined) resources.set(path, { types, parameters });
}

/** Members of an interface, also of a nested one, and whether each is required. */
function membersOf(types: string, name: string): Readonly<Record<string, boolean>> {
  const [, indent = '', body = ''] =
    new RegExp(`^( *)(?:export )?interface ${name}(?: extends \\w+)? \\{\n([^]*?)^\\1\\}`, 'm').exec(types) ?? [];
  const members = body.matchAll(new RegExp(`^${indent} {4}(\\w+)(\\??):`, 'gm'));
  return Object.fromEntries([...members].map(([, member, optional]) => [member!, optional === '']));
}

describe.each(EMPTY_LISTS)('/v1/$path', ({ path, object, filters, uncreatable, notRetrieved }) => {
  const { types, parameters } = resources.get(path)!;

  it('has the filters of the SDK’s types', () => {
    const {
      expand: _,
      limit: _limit,
      starting_after: _after,
      ending_before: _before,
      ...own
    } = membersOf(types, parameters);
    const required = Object.fromEntries(Object.entries(filters).map(([name, kind]) => [name, kind === 'required']));

    expect(required).toEqual(own);
  });

  it('names the object as the SDK does, and refuses a creation where the SDK has one', () => {
    expect(types).toContain(`object: '${object}';`);
    expect(uncreatable !== undefined).toBe(/^ {4}create\(/m.test(types));
    expect(/^ {4}retrieve\(/m.test(types) || notRetrieved).toBe(true);
  });
});

it('no list is there twice', () => {
  const paths = EMPTY_LISTS.map(({ path }) => path);

  expect(new Set(paths).size).toBe(paths.length);
  expect(paths.length).toBeGreaterThan(40);
});
