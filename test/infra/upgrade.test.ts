/**
 * An upgrade from 0.1 keeps what 0.1 deployed: nothing that holds data, messages, settings or an address is deleted or replaced. A new
 * logical id deletes the old resource; so does a new value of a property that CloudFormation cannot change in place.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Resource, synthesised } from './synth.ts';

interface Kept {
  readonly type: string;
  readonly fixed: Readonly<Record<string, unknown>>;
}
const { core, extras, replacing } = JSON.parse(readFileSync('test/fixtures/template-0.1.json', 'utf8')) as {
  readonly core: Readonly<Record<string, Kept>>;
  readonly extras: Readonly<Record<string, Kept>>;
  readonly replacing: Readonly<Record<string, readonly string[]>>;
};

const GATEWAYS = { http: 'AWS::ApiGatewayV2::Api', rest: 'AWS::ApiGateway::RestApi' } as const;

/** The fixed properties of a resource as it is now, where 0.1 had the resource. */
const now = (resource: Resource | undefined): Kept | undefined =>
  resource && {
    type: resource.Type,
    fixed: Object.fromEntries(
      replacing[resource.Type]!.filter((name) => name in resource.Properties).map((name) => [
        name,
        resource.Properties[name],
      ]),
    ),
  };

const expectKept = (kept: Readonly<Record<string, Kept>>, resources: Readonly<Record<string, Resource>>): void => {
  const found = Object.fromEntries(Object.keys(kept).map((id) => [id, now(resources[id])]));
  expect(found).toEqual(kept);
};

describe.each(['http', 'rest'] as const)('an installation with api=%s', (api) => {
  const made = synthesised('aws', api);

  it('keeps its tables, keys, bucket, queues, functions, mappings, state machine, rules, logs, roles and API', () => {
    const others = Object.entries(core).filter(
      ([, { type }]) => !Object.values<string>(GATEWAYS).includes(type) || type === GATEWAYS[api],
    );

    expect(others.length).toBeGreaterThan(100);
    expectKept(Object.fromEntries(others), made.core);
  });

  it('keeps the key of its backups', () => {
    expectKept(extras, made.extras!);
  });
});
