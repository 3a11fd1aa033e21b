/** The cost model's input from the synthesized template: a new alarm, key or queue changes the figures. */
import { bankWaitSeconds } from '../../functions/settlement/pay.ts';
import { BACKUP_TAG, TABLES } from '../../lib/data.ts';
import { FUNCTION_NAMES } from '../../lib/function-names.ts';
import { settlementMachine } from '../../lib/settlement-machine.ts';
import { logicalIdOf, ofType, type Resource, synthesised } from '../infra/synth.ts';
import type { Api } from './cost.ts';

export interface StackFacts {
  readonly keys: number;
  /** Keys that rotate every year. */
  readonly rotatingKeys: number;
  readonly alarms: number;
  readonly polledQueues: number;
  /** Invocations a minute that rules start. */
  readonly rulesPerMinute: number;
  readonly memoryMb: Readonly<Record<string, number>>;
  /** Names of the tables with point-in-time recovery. */
  readonly recovered: ReadonlySet<string>;
  /** Names of the tables in the daily backup. */
  readonly backedUp: ReadonlySet<string>;
  /** Length of the access log's line; none where the stage has no access log. */
  readonly accessLogBytes: readonly number[];
  /** The access log's group is of the class that costs half. */
  readonly accessLogSeldom: boolean;
  /** State transitions of a settlement whose bank confirms after a day. */
  readonly transitions: number;
  /** Full copies of each table that the backup plan keeps. */
  readonly backupCopies: number;
  /** What the second stack adds by the month. */
  readonly extras: {
    readonly keys: number;
    readonly rotatingKeys: number;
    readonly compositeAlarms: number;
    readonly dashboards: number;
    readonly webAcls: number;
    readonly webAclRules: number;
  };
}

type Resources = Readonly<Record<string, Resource>>;

/** The facts of the default stack for AWS. */
export function stackFacts(api: Api): StackFacts {
  const { core, extras } = synthesised('aws', api);
  const properties = (type: string, of: Resources = core) =>
    ofType(of, type).map(([, resource]) => resource.Properties);
  const second = extras ?? {};
  const keys = properties('AWS::KMS::Key');
  const secondKeys = properties('AWS::KMS::Key', second);
  const webAcls = properties('AWS::WAFv2::WebACL', second);
  const queues = properties('AWS::Lambda::EventSourceMapping').filter(
    ({ FunctionResponseTypes }) => FunctionResponseTypes,
  );
  return {
    keys: keys.length,
    rotatingKeys: keys.filter(rotates).length,
    alarms: properties('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    polledQueues: queues.length,
    rulesPerMinute: properties('AWS::Events::Rule').reduce((sum, rule) => sum + perMinute(rule), 0),
    memoryMb: Object.fromEntries(
      FUNCTION_NAMES.map((name) => {
        const { Properties } = core[logicalIdOf(core, 'AWS::Lambda::Function', name)]!;
        return [name, Properties.MemorySize as number];
      }),
    ),
    recovered: new Set(
      Object.entries(TABLES)
        .filter(([, { logicalId }]) => hasRecovery(core[logicalId]!))
        .map(([name]) => name),
    ),
    backedUp: new Set(
      Object.entries(TABLES)
        .filter(([, { logicalId }]) => hasBackup(core[logicalId]!))
        .map(([name]) => name),
    ),
    accessLogBytes: [...properties('AWS::ApiGatewayV2::Stage'), ...properties('AWS::ApiGateway::Stage')].flatMap(
      accessLog,
    ),
    accessLogSeldom: properties('AWS::Logs::LogGroup').some(({ LogGroupClass: of }) => of === 'INFREQUENT_ACCESS'),
    transitions: transitionsOf(settlementMachine('arn')),
    backupCopies: properties('AWS::Backup::BackupPlan', second).reduce((sum, plan) => sum + copiesOf(plan), 0),
    extras: {
      keys: secondKeys.length,
      rotatingKeys: secondKeys.filter(rotates).length,
      compositeAlarms: properties('AWS::CloudWatch::CompositeAlarm', second).length,
      dashboards: properties('AWS::CloudWatch::Dashboard', second).length,
      webAcls: webAcls.length,
      webAclRules: webAcls.reduce((sum, { Rules }) => sum + (Rules as readonly object[]).length, 0),
    },
  };
}

const rotates = ({ EnableKeyRotation }: Resource['Properties']): boolean => EnableKeyRotation === true;

/** An alarm on an expression is billed per metric that it reads. */
function metricsOf({ Metrics }: Resource['Properties']): number {
  const metrics = (Metrics ?? []) as readonly { MetricStat?: object }[];
  return Math.max(1, metrics.filter(({ MetricStat }) => MetricStat).length);
}

const hasRecovery = ({ Properties }: Resource): boolean =>
  (Properties.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled?: boolean } | undefined)
    ?.PointInTimeRecoveryEnabled === true;

const hasBackup = ({ Properties }: Resource): boolean =>
  ((Properties.Tags ?? []) as readonly { Key: string }[]).some(({ Key }) => Key === BACKUP_TAG);

const MINUTES = { minute: 1, hour: 60, day: 24 * 60 } as const;

function perMinute({ ScheduleExpression: schedule }: Resource['Properties']): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(schedule)) ?? [];
  // `cron(…)`: once a day at the most.
  return unit === undefined ? 1 / MINUTES.day : 1 / (Number(count) * MINUTES[unit as keyof typeof MINUTES]);
}

const accessLog = ({ AccessLogSetting, AccessLogSettings }: Resource['Properties']): readonly number[] => {
  const { Format } = (AccessLogSettings ?? AccessLogSetting ?? {}) as { Format?: unknown };
  if (Format === undefined) return [];
  return [String(Format).replace(/\$context\.([\w.]+)/g, (_, name: string) => IN_A_LINE[name] ?? '-').length];
};

/** What the access log shows in the place of its variables. */
const IN_A_LINE: Readonly<Record<string, string>> = {
  requestTimeEpoch: '1790000001000',
  requestId: '6f1c3c1e-0a4b-4c5e-9d55-3f5c8f8f5a10',
  'identity.sourceIp': '203.0.113.195',
  status: '200',
  responseLength: '1506',
};

/** One copy a day (or a week), each kept for so many days. */
function copiesOf({ BackupPlan }: Resource['Properties']): number {
  type Rule = { ScheduleExpression?: string; Lifecycle?: { DeleteAfterDays?: number } };
  const rules = (BackupPlan as { BackupPlanRule: readonly Rule[] }).BackupPlanRule;
  return rules.reduce((sum, { ScheduleExpression: schedule = '', Lifecycle }) => {
    const weekly = /(MON|TUE|WED|THU|FRI|SAT|SUN)/.test(schedule);
    return sum + (Lifecycle?.DeleteAfterDays ?? 365) / (weekly ? 7 : 1);
  }, 0);
}

/** Seconds of the waits for a bank that takes a day, as functions/settlement/pay.ts chooses them. */
const DAY_SECONDS = 24 * 3600;

/** Every state but those of the wait once, the seal twice, and a look at the bank after each wait. */
function transitionsOf(machine: object): number {
  const states = Object.keys((machine as { States: object }).States).length;
  let looks = 0;
  for (let age = 0; age < DAY_SECONDS; looks++) age += bankWaitSeconds(age * 1_000);
  // Seal and its choice once more; wait, look and choice for each look.
  return states + 2 + 3 * (looks - 1);
}
