/** Webhooks reach addresses of our own network on a developer's machine only: what turns the guard off is in no template for AWS. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ofType, pathOf, synthesised } from './synth.ts';

const VARIABLE = 'ALLOW_PRIVATE_WEBHOOKS';

describe.each(['http', 'rest'] as const)('api=%s', (api) => {
  it('no template for AWS names the variable', () => {
    const { core, extras } = synthesised('aws', api);

    expect(JSON.stringify(core)).not.toContain(VARIABLE);
    expect(JSON.stringify(extras)).not.toContain(VARIABLE);
  });

  it.each(['local', 'embedded'] as const)('target=%s has it for the two functions that judge addresses', (target) => {
    const { core } = synthesised(target, api);
    const functions = ofType(core, 'AWS::Lambda::Function').filter(([, lambda]) =>
      JSON.stringify(lambda).includes(VARIABLE),
    );

    expect(functions.map(([, lambda]) => pathOf(lambda).split('/').at(-1)!).toSorted()).toEqual([
      'notifications-api',
      'notifications-on-delivery',
    ]);
  });
});

it('the code takes it from the environment, in the entries of those two, and sets it nowhere', () => {
  const uses = readdirSync('functions', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(join('functions', name), 'utf8').matchAll(/allowPrivate: (.+?),?\n/g)].map(
        ([, value]) => `${name}: ${value}`,
      ),
    )
    .filter((use) => !/: (boolean;|deps\.allowPrivate)/.test(use));

  expect(uses.toSorted()).toEqual([
    `entries/notifications-api.ts: on.env.${VARIABLE} === '1'`,
    `entries/notifications-on-delivery.ts: env.${VARIABLE} === '1'`,
  ]);
});
