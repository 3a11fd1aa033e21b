import { expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/function-names.ts';
import { allowedBy, readGrants } from './grants.ts';
import { logicalIdOf, namedBy, ofType, pathOf, type Resource, synthesised } from './synth.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
  readonly Condition?: {
    readonly StringEquals?: Readonly<Record<string, { 'Fn::Join': readonly [string, readonly unknown[]] }>>;
    readonly StringEqualsIfExists?: Readonly<Record<string, string>>;
  };
}

const core = synthesised('aws', 'http').core;
const rows = readGrants();
const asArray = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];

const KINDS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'table',
  'AWS::SQS::Queue': 'queue',
  'AWS::KMS::Key': 'key',
  'AWS::S3::Bucket': 'bucket',
  'AWS::Lambda::Function': 'function',
  'AWS::StepFunctions::StateMachine': 'machine',
  'AWS::Logs::LogGroup': 'logs',
};

/** `table payments`, `queue callbacks` …: the resource in the words of docs/grants.md. */
function wordsFor(id: string): string {
  const resource = core[id]!;
  const kind = KINDS[resource.Type] ?? resource.Type;
  const name = pathOf(resource).split('/').at(-1)!;
  if (kind === 'machine') return 'machine settlement';
  return `${kind} ${name
    .replace(/(Table|Key)$/, '')
    .replace(/-logs$/, '')
    .replace(/^[A-Z]/, (first) => first.toLowerCase())}`;
}

function resourceWords(value: unknown): string {
  if (value === '*') return '*';
  const joined = (value as { 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  if (joined) {
    if (joined[1].some((part) => String(part).includes(':execution:'))) return 'execution settlement';
    const [first, rest] = joined[1];
    return `${wordsFor(namedBy(first)).replace(/^table/, 'index')}${String(rest).replace('/index', '')}`;
  }
  const attribute = (value as { 'Fn::GetAtt'?: readonly [string, string] })['Fn::GetAtt']?.[1];
  const words = wordsFor(namedBy(value));
  return attribute === 'StreamArn' ? words.replace(/^table/, 'stream') : words;
}

function through(statement: Statement): string {
  const service = statement.Condition?.StringEquals?.['kms:ViaService'];
  const purpose = statement.Condition?.StringEqualsIfExists?.['kms:EncryptionContext:purpose'];
  if (service) return ` through ${String(service['Fn::Join'][1][0]).replace('.', '')}`;
  return purpose === undefined ? '' : ` for ${purpose}`;
}

const allowedIn = (policies: readonly Resource[]): readonly string[] => {
  const statements = policies.flatMap(
    (policy) => (policy.Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement,
  );
  const allowed = statements.flatMap((statement) => {
    expect(statement.Effect).toBe('Allow');
    return asArray(statement.Resource).flatMap((resource) =>
      asArray(statement.Action).map((action) => `${action} ${resourceWords(resource)}${through(statement)}`),
    );
  });
  return [...new Set(allowed)].sort();
};

const policiesOf = (role: string): readonly Resource[] =>
  ofType(core, 'AWS::IAM::Policy')
    .map(([, policy]) => policy)
    .filter((policy) => (policy.Properties.Roles as readonly unknown[]).some((each) => namedBy(each) === role));

it('docs/grants.md: lists each function once and no other', () => {
  expect(rows.map((row) => row.name).sort()).toEqual([...FUNCTION_NAMES].sort());
});

it.each(rows.map((row) => [row.name, row] as const))(
  '%s: is allowed exactly what docs/grants.md lists',
  (name, row) => {
    const lambda = core[logicalIdOf(core, 'AWS::Lambda::Function', name)]!;
    const role = namedBy(lambda.Properties.Role);

    expect(allowedIn(policiesOf(role))).toEqual(allowedBy(row));
    expect(core[role]!.Properties.ManagedPolicyArns).toBeUndefined();
    expect(core[role]!.Properties.Policies).toBeUndefined();
  },
);

it('each function has a role of its own, that Lambda alone may assume', () => {
  const roles = ofType(core, 'AWS::Lambda::Function').map(([, lambda]) => namedBy(lambda.Properties.Role));

  expect(new Set(roles).size).toBe(FUNCTION_NAMES.length);
  for (const role of roles) {
    expect(core[role]!.Properties.AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
    });
  }
});

it('the state machine may invoke settlement-step and deliver its own log, and nothing else', () => {
  const [, machine] = ofType(core, 'AWS::StepFunctions::StateMachine')[0]!;
  const allowed = allowedIn(policiesOf(namedBy(machine.Properties.RoleArn)));

  expect(allowed.filter((each) => !each.startsWith('logs:'))).toEqual([
    'lambda:InvokeFunction function settlement-step',
  ]);
});

it('no policy allows an action by a wildcard', () => {
  for (const target of ['aws', 'local', 'embedded'] as const) {
    for (const api of ['http', 'rest'] as const) {
      const policies = ofType(synthesised(target, api).core, 'AWS::IAM::Policy').map(([, policy]) => policy);
      const actions = policies.flatMap((policy) =>
        (policy.Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement.flatMap((each) =>
          asArray(each.Action),
        ),
      );
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    }
  }
});

it('the vault’s tables and keys are the vault’s alone', () => {
  const holders = rows.filter((row) =>
    [...row.tables, ...row.keys].some(({ on }) => ['vault', 'vault/card', 'cvc', 'fingerprint'].includes(on)),
  );

  expect(holders.map((row) => row.name)).toEqual(['vault-api', 'vault-forward', 'vault-expired-codes']);
  const opening = rows.filter((row) => row.keys.some(({ on }) => on === 'vault/card'));
  expect(opening.map((row) => row.name)).toEqual(['vault-api', 'vault-forward']);
});

it('the secrets key serves each function for one purpose, and for webhooks notifications alone', () => {
  const purposes = (on: string): readonly string[] =>
    rows.filter(({ keys }) => keys.some((key) => key.on === on)).map(({ name }) => name);

  expect(purposes('secrets')).toEqual([]);
  expect(purposes('secrets/webhook-secret')).toEqual(['notifications-api', 'notifications-on-delivery']);
});

it('no function that writes journal entries from the stream can delete them', () => {
  const mayDelete = rows.filter((row) =>
    row.tables.some(({ on, verbs }) => on === 'ledger' && verbs.includes('delete')),
  );

  expect(mayDelete.map((row) => row.name).filter((name) => name.startsWith('ledger'))).toEqual([]);
});

it('a function has the names of exactly what it may touch in its environment', () => {
  for (const row of rows) {
    const lambda = core[logicalIdOf(core, 'AWS::Lambda::Function', row.name)]!;
    const variables = Object.keys((lambda.Properties.Environment as { Variables: object }).Variables);
    expect(variables.filter((name) => name.endsWith('_TABLE')).sort()).toEqual(
      row.tables.map(({ on }) => `${on.toUpperCase()}_TABLE`).sort(),
    );
    const written = row.queues
      .filter(({ verbs }) => verbs.includes('send') || verbs.includes('postpone'))
      .map(({ on }) => on);
    expect(variables.filter((name) => name.endsWith('_QUEUE_URL')).sort()).toEqual(
      written.map((on) => `${on.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`).sort(),
    );
  }
});

it('accounts at channels are added by the operator alone: functions that take callbacks cannot encrypt credentials', () => {
  const encrypting = rows.filter(({ keys }) =>
    keys.some(({ on, verbs }) => on === 'secrets/channel-credentials' && verbs.includes('encrypt')),
  );
  const callbacks = rows.find(({ name }) => name === 'channels-callback')!;
  const consumer = rows.find(({ name }) => name === 'payments-on-callback')!;

  expect(encrypting.map(({ name }) => name)).toEqual(['merchants-operator']);
  // It serves what merchants read of their accounts too: it writes nothing but the counter of requests.
  const written = callbacks.tables.filter(({ verbs }) => verbs.some((verb) => verb !== 'get' && verb !== 'query'));
  expect(written).toEqual([{ on: 'idempotency', verbs: ['update'] }]);
  expect(callbacks.keys).toEqual([{ on: 'secrets/channel-credentials', verbs: ['decrypt'] }]);
  // It completes what a payer has approved, so it opens the credentials of the account.
  expect(consumer.keys).toEqual(callbacks.keys);
});
