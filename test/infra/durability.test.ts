/**
 * What each table and the bucket hold, and whether a backup brings it back. The families are those that the product writes when it is used,
 * so a new one fails this test until its loss is classified here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../lib/data.ts';
import { type App, startApp } from '../world/app.ts';
import { useEverything } from '../world/every-object.ts';
import { namedBy, ofType, synthesised } from './synth.ts';

type TableName = keyof typeof TABLES;
/** `never`: nothing can make it again. `for a day`: nothing can, and after a day it is not needed. Otherwise: what makes it again. */
type Loss = 'never' | 'for a day' | 'made again' | 'test data' | 'must be lost';

/** Families of partition keys (`scope`: merchant and mode, `*`: an id, a hash or a shard), in words, and what their loss would mean. */
const HOLDS: Readonly<Record<TableName, Readonly<Record<string, readonly [what: string, loss: Loss]>>>> = {
  payments: {
    'scope#p#*': ['payment intents with their attempts and charges', 'never'],
    'scope#r#*': ['refunds', 'never'],
    'scope#d#*': ['disputes', 'never'],
    'scope#o#*': ['payouts', 'never'],
    'scope#c#*': ['customers', 'never'],
    'scope#cm#*': ['which payment methods a customer has', 'never'],
    'scope#ce#*': ['which customers have an e-mail address', 'never'],
    'scope#m#*': ['payment methods, without card data', 'never'],
    'scope#s#*': ['setup intents and mandates', 'never'],
    'scope#k#*': ['Checkout Sessions', 'never'],
    'scope#kl#*': ['line items of Checkout Sessions', 'never'],
    'scope#g#*': ['products', 'never'],
    'scope#gi#tea': ['which product has an id of the merchant', 'never'],
    'scope#y#*': ['prices', 'never'],
    'scope#yk#*': ['which price has a lookup key', 'never'],
    'scope#t#*': ['tokens', 'never'],
  },
  idempotency: {
    'scope#*': ['the object that an idempotency key made, and its reply: a lost key charges again', 'for a day'],
    'watch#*': ['payments that the janitor must ask about', 'for a day'],
    'scope#w#*': ['commits that lists show before the stream does, for minutes', 'made again'],
  },
  events: {
    'scope#w': ['webhook endpoints and their sealed secrets', 'never'],
    'scope#e#c#*': ['charges in the order of their creation: the list of charges', 'never'],
    'scope#e#p#*': ['events of payments, for 30 days', 'never'],
    'scope#e#r#*': ['events of refunds, for 30 days', 'never'],
    'scope#e#o#*': ['events of other objects, for 30 days', 'never'],
    'scope#d#*': ['failed deliveries with their attempts', 'never'],
    'due#*#*': ['when a failed delivery is tried again', 'never'],
    'scope#park': ['endpoints that do not answer at the moment', 'made again'],
  },
  ledger: {
    'scope#j#*': ['journal entries', 'never'],
    'scope#b': ['balances and what is sealed', 'never'],
    'scope#batch': ['settlement batches', 'never'],
  },
  channels: {
    'a#sandbox#*': ['accounts at channels and their sealed credentials', 'never'],
    'cb#sandbox#*': ['callbacks as they arrived: evidence', 'never'],
  },
  vault: {
    'scope#k': ['wrapped data keys of card numbers', 'never'],
    'scope#pm': ['card numbers, encrypted', 'never'],
  },
  cvc: { 'scope#cvc': ['security codes, for minutes', 'must be lost'] },
  risk: {
    'scope#rv#*': ['reviews and their decisions', 'never'],
    'scope#f#card#*': ['counters of attempts', 'made again'],
  },
  merchants: {
    'scope#scope': ['what is agreed with a merchant', 'never'],
    'merchant#*': ['merchants', 'never'],
    'key#*': ['hashes of API keys', 'never'],
    'keys#scope': ['which keys a merchant has', 'never'],
    scopes: ['the directory of merchants', 'never'],
  },
  search: {
    'scope#payment#*#*': ['what a search finds a payment by', 'made again'],
    'scope#customer#*#*': ['what a search finds a customer by', 'made again'],
    'scope#product#*#*': ['what a search finds a product by', 'made again'],
  },
  sandbox: {
    'acct#*': ['accounts of the sandbox', 'test data'],
    'c#*#*': ['charges of the sandbox', 'test data'],
    'r#*#*': ['refunds of the sandbox', 'test data'],
    'o#*#*': ['payouts of the sandbox', 'test data'],
    'l#*#*': ['changes of the sandbox by day', 'test data'],
  },
};

/** Manifests are the only record of what a settlement took; a report can be made of the ledger. */
const FILES = { manifests: 'never', reports: 'made again' } as const;

let app: App;
let found: Readonly<Record<string, readonly string[]>>;
let files: readonly string[];
beforeAll(async () => {
  app = await startApp();
  await useEverything(app);
  found = familiesOf(app);
  files = [...app.world.files.keys()].map((key) => key.split('/')[0]!);
}, 60_000);
afterAll(() => app.stop());

/** Families of everything that was ever written, by table. */
function familiesOf({ world: { table } }: App): Readonly<Record<string, readonly string[]>> {
  const scopes = new Set(table.items('merchants').flatMap(({ pk }) => (pk.startsWith('scope#') ? [pk.slice(6)] : [])));
  const family = (pk: string): string =>
    pk
      .split('#')
      .map((part) => (scopes.has(part) ? 'scope' : /^[a-z]{1,12}$/.test(part) ? part : '*'))
      .join('#');
  const written = table.history.flatMap((commit) =>
    commit.map(({ write, now, old }) => [write.table, now ?? old] as const),
  );
  const names = Object.keys(TABLES) as TableName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      [...new Set(written.flatMap(([at, item]) => (at === name && item ? [family(item.pk)] : [])))].sort(),
    ]),
  );
}

const backedUp = (name: TableName): boolean => tagsOf(TABLES[name].logicalId)['sluice:backup'] === 'Sluice';
const tagsOf = (id: string): Readonly<Record<string, string>> => {
  const tags = (synthesised('aws', 'http').core[id]!.Properties.Tags ?? []) as readonly {
    Key: string;
    Value: string;
  }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
};
const recoverable = (name: TableName): boolean => {
  const { PointInTimeRecoverySpecification } = synthesised('aws', 'http').core[TABLES[name].logicalId]!.Properties;
  return (PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled: boolean }).PointInTimeRecoveryEnabled;
};

describe.each(Object.keys(TABLES) as TableName[])('table %s', (name) => {
  const losses = (): readonly Loss[] => Object.values(HOLDS[name]).map(([, loss]) => loss);

  it('holds what is listed here, and nothing else', () => {
    expect(found[name]).toEqual(Object.keys(HOLDS[name]).sort());
  });

  it('has point-in-time recovery when it holds what nothing can make again, and only then', () => {
    expect(recoverable(name)).toBe(losses().some((loss) => loss === 'never' || loss === 'for a day'));
  });

  it('is in the daily backup when it holds what is needed for longer than a day, and only then', () => {
    expect(backedUp(name)).toBe(losses().includes('never'));
  });
});

it('security codes are in a table of their own, which no backup keeps', () => {
  expect(losers('must be lost')).toEqual(['cvc']);
  expect([recoverable('cvc'), backedUp('cvc')]).toEqual([false, false]);
});
const losers = (loss: Loss): readonly string[] =>
  Object.entries(HOLDS).flatMap(([name, families]) =>
    Object.values(families).some(([, each]) => each === loss) ? [name] : [],
  );

it('the bucket holds manifests, which nothing can make again, so it keeps versions and is in the daily backup', () => {
  const { core } = synthesised('aws', 'http');

  expect([...new Set(files)].sort()).toEqual(Object.keys(FILES).sort());
  expect(ofType(core, 'AWS::S3::Bucket').map(([id]) => id)).toEqual(['ReportsBucket']);
  expect(core.ReportsBucket!.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  expect(tagsOf('ReportsBucket')).toEqual({ 'sluice:backup': 'Sluice' });
});

it('the backup takes what has the tag of this installation, tables and bucket, every day for 35 days', () => {
  const extras = synthesised('aws', 'http').extras!;
  const [, selection] = ofType(extras, 'AWS::Backup::BackupSelection')[0]!;
  const [, plan] = ofType(extras, 'AWS::Backup::BackupPlan')[0]!;
  const { IamRoleArn, ListOfTags, Resources } = selection.Properties.BackupSelection as Record<string, unknown>;
  const policies = JSON.stringify(extras[namedBy(IamRoleArn)]!.Properties.ManagedPolicyArns);

  expect(Resources).toBeUndefined();
  expect(ListOfTags).toEqual([
    { ConditionKey: 'sluice:backup', ConditionType: 'STRINGEQUALS', ConditionValue: 'Sluice' },
  ]);
  expect(plan.Properties.BackupPlan).toMatchObject({
    BackupPlanRule: [{ ScheduleExpression: 'cron(17 3 * * ? *)', Lifecycle: { DeleteAfterDays: 35 } }],
  });
  expect(policies).toContain(':iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup');
  expect(policies).toContain(':iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup');
});
