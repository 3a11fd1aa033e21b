/** The evaluator against docs/grants.md: it allows what the page lists, and refuses every other call that the stack has words for. */
import { expect, it } from 'vitest';
import { modelOf } from '../../../bin/embedded/wiring/model.ts';
import { FUNCTION_NAMES } from '../../../lib/function-names.ts';
import { allowedBy, readGrants } from '../grants.ts';
import { embeddedTemplate } from '../synth.ts';

const model = modelOf(embeddedTemplate(), { address: 'http://127.0.0.1:4010', stackName: 'Sluice' });
const rows = readGrants();

/** Every resource in the words of docs/grants.md, with an ARN that a call would name. */
const RESOURCES: readonly (readonly [words: string, arn: string])[] = [
  ...[...model.tables.values()].flatMap(({ name, arn, indexes, streamArn }) => [
    [`table ${name}`, arn] as const,
    ...[...indexes.keys()].map((index) => [`index ${name}/${index}`, `${arn}/index/${index}`] as const),
    ...(streamArn ? [[`stream ${name}`, streamArn] as const] : []),
  ]),
  ...[...model.queues.values()].map(({ name, arn }) => [`queue ${name}`, arn] as const),
  ...[...model.keys.values()].map(({ name, arn }) => [`key ${name}`, arn] as const),
  ['bucket reports/*', `${model.buckets.get('reports')!.arn}/any/object.json`],
  ['bucket reports', model.buckets.get('reports')!.arn],
  ...[...model.functions.values()].flatMap(({ name, arn }) => [
    [`function ${name}`, arn] as const,
    [`logs ${name}`, `arn:aws:logs:embedded:000000000000:log-group:${name}-logs:*`] as const,
  ]),
  ['machine settlement', 'arn:aws:states:embedded:000000000000:stateMachine:Machine'],
  ['execution settlement', 'arn:aws:states:embedded:000000000000:execution:Machine:any-2027-01-01'],
  ['execution of another machine', 'arn:aws:states:embedded:000000000000:execution:Machine2:any-2027-01-01'],
  ['table of another account', 'arn:aws:dynamodb:embedded:111122223333:table/payments'],
];

const PURPOSES = ['card', 'channel-credentials', 'webhook-secret'];
/** Contexts of a call, and how docs/grants.md says them: ` through <service>`, ` for <purpose>` or nothing. */
const CONTEXTS: readonly (readonly [words: string, context: Readonly<Record<string, string>>])[] = [
  ['', {}],
  ...['dynamodb', 'sqs', 's3'].map(
    (service) => [` through ${service}`, { 'kms:ViaService': `${service}.embedded.amazonaws.com` }] as const,
  ),
  ...PURPOSES.map((purpose) => [` for ${purpose}`, { 'kms:EncryptionContext:purpose': purpose }] as const),
];

const ACTIONS = [
  ...new Set([...rows.flatMap((row) => allowedBy(row)).map((line) => line.split(' ')[0]!), 'dynamodb:DeleteTable']),
];

/** What the page allows of this call. A statement for a purpose also allows a call without a context, which opens nothing. */
function isListed(allowed: ReadonlySet<string>, action: string, resource: string, context: string): boolean {
  const call = `${action} ${resource}`;
  if (allowed.has(call) || allowed.has(`${action} *`)) return true;
  if (context.startsWith(' through ')) {
    // Through a service and without a purpose: the statements for a purpose allow it too, as IAM has it.
    return allowed.has(`${call}${context}`) || PURPOSES.some((purpose) => allowed.has(`${call} for ${purpose}`));
  }
  if (context === '') return PURPOSES.some((purpose) => allowed.has(`${call} for ${purpose}`));
  return allowed.has(`${call}${context}`);
}

it('the page has a row for each function', () => {
  expect(rows.map(({ name }) => name).sort()).toEqual([...FUNCTION_NAMES].sort());
  expect(ACTIONS.length).toBeGreaterThan(25);
});

it.each(rows.map((row) => [row.name, row] as const))(
  '%s: may do what the page lists, and nothing else',
  (name, row) => {
    const { role } = model.functions.get(name)!;
    const allowed = new Set(allowedBy(row));
    const wrong: string[] = [];
    let granted = 0;
    for (const action of ACTIONS)
      for (const [resource, arn] of RESOURCES)
        for (const [words, context] of CONTEXTS) {
          const allows = model.grants.allows(role, action, arn, context);
          if (allows) granted += 1;
          if (allows !== isListed(allowed, action, resource, words))
            wrong.push(`${allows ? 'allows' : 'refuses'} ${action} ${resource}${words}`);
        }

    expect(wrong).toEqual([]);
    expect(granted).toBeGreaterThan(0);
  },
);

it('the state machine may invoke its step and no other function', () => {
  const { role } = model.machines.get('Machine')!;
  const invoked = [...model.functions.values()].filter(({ arn }) =>
    model.grants.allows(role, 'lambda:InvokeFunction', arn),
  );

  expect(invoked.map(({ name }) => name)).toEqual(['settlement-step']);
});

it('a role that is not there may do nothing', () => {
  expect(model.grants.allows('nobody', 'dynamodb:GetItem', model.tables.get('payments')!.arn)).toBe(false);
});
