/** What the functions count for their alarms, seen in what their Lambda entries write into the log. */
import { readFileSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aws } from '../../../functions/entries/aws.ts';
import type { Platform } from '../../../functions/entries/platform.ts';
import { packJson } from '../../../functions/table/pack.ts';
import { feature } from '../risk/features.ts';

const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
const queued = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, n) => ({ messageId: `m${n}`, body, attributes: { MessageGroupId: `g${n}` } })),
});

let lines: string[];
beforeEach(() => {
  vi.resetModules();
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  lines = [];
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const mocked of MOCKED) vi.doUnmock(mocked);
});
const MOCKED = [
  '../../../functions/recovery/janitor.ts',
  '../../../functions/recovery/callback.ts',
  '../../../functions/channels/callbacks/callbacks.ts',
  '../../../functions/risk/features/count.ts',
  '../../../functions/settlement/due.ts',
  '../../../functions/settlement/step.ts',
  '../../../functions/operator/auditor.ts',
  '../../../functions/settlement/overdue.ts',
];

const platform = (): Platform => aws({ STACK: 'Sluice' });

/** What was counted, by the name of the metric. */
const counted = (): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const line of lines.filter((text) => text.includes('CloudWatchMetrics'))) {
    const entry = JSON.parse(line) as Record<string, number> & {
      _aws: { CloudWatchMetrics: [{ Metrics: { Name: string }[] }] };
    };
    for (const { Name } of entry._aws.CloudWatchMetrics[0].Metrics) sums[Name] = (sums[Name] ?? 0) + entry[Name]!;
  }
  return sums;
};

it('the janitor counts what has been open for more than an hour, looks that broke off, and money not returned', async () => {
  const due = { kind: 'p', scope: 'AcmeTest', body: 'b' };
  const failures = [{ due, error: new Error('no') }];
  const result = { looked: 5, open: 3, overdue: [due, due], failures, unreturned: [due, due, due] };
  vi.doMock(MOCKED[0]!, () => ({ runJanitor: async () => result }));
  const { create } = await import('../../../functions/entries/payments-janitor.ts');

  expect(await create(platform())({})).toEqual({ looked: 5, open: 3 });
  expect(counted()).toEqual({ PaymentsUnresolved: 2, LooksFailed: 1, UnappliedMoney: 3 });
});

it('a callback that contradicts a success, and one for an unknown reference, are counted; applied and known ones are not', async () => {
  const fact = { reference: 'r', about: 'attempt', outcome: { kind: 'failed' } };
  const takeCallback = async (_: unknown, applied: string) => ({ message: { channel: 'sandbox', fact }, applied });
  vi.doMock(MOCKED[1]!, () => ({ takeCallback }));
  const { create } = await import('../../../functions/entries/payments-on-callback.ts');

  await create(platform())(queued('weaker', 'foreign', 'applied', 'known') as never, context);
  expect(counted()).toEqual({ CallbacksRefused: 2 });
});

it.each([
  [26_001, true],
  [26_000, false],
])('a callback may query its channel while %s ms remain: %s', async (remainingMs, may) => {
  const fact = { reference: 'r', about: 'attempt', outcome: { kind: 'approved' } };
  const asked: boolean[] = [];
  const takeCallback = async (_: unknown, applied: string, mayAsk: () => boolean) => {
    asked.push(mayAsk());
    return { message: { channel: 'sandbox', fact }, applied };
  };
  vi.doMock(MOCKED[1]!, () => ({ takeCallback }));
  const { create } = await import('../../../functions/entries/payments-on-callback.ts');

  await create(platform())(queued('applied') as never, { getRemainingTimeInMillis: () => remainingMs } as Context);
  expect(asked).toEqual([may]);
});

it.each([
  ['that may be forged', true, { CallbacksUnverified: 1 }],
  ['of any other kind', false, {}],
])('a callback %s counts by its verdict, not by its status', async (_, unverified, sums) => {
  const answer = { status: unverified ? 200 : 400, headers: {}, body: '' };
  vi.doMock(MOCKED[2]!, () => ({ serveCallback: async () => ({ answer, line: {}, unverified }) }));
  const { create } = await import('../../../functions/entries/channels-callback.ts');

  const http = { method: 'POST', path: '/v1/channels/sandbox/callbacks/a' };
  await create(platform())({ rawPath: http.path, headers: {}, requestContext: { http } } as never, {} as Context);
  expect(counted()).toEqual(sums);
});

it('attempts that risk assessed without velocity counters are counted once the fan-out has sent their features', async () => {
  vi.doMock(MOCKED[3]!, () => ({ countAttempts: async () => {} }));
  const { create } = await import('../../../functions/entries/risk-on-attempts.ts');
  const unseen = { ...feature(1, 'authorized'), unseen: true };
  const messages = [{ attempts: [unseen, feature(2, 'declined')] }, { attempts: [feature(3, 'authorized')] }];

  await create(platform())(
    queued(...messages.map((message) => packJson({ ...message, reviews: [] }))) as never,
    context,
  );
  expect(counted()).toEqual({ RiskFeaturesUnavailable: 1 });
});

it('an alarm of the fan-out is counted under its name', async () => {
  const { fanOutDeps } = await import('../../../functions/entries/fan-out-deps.ts');
  const { alarm } = fanOutDeps(platform());

  alarm('UnappliedMoney', { scope: 'AcmeTest', reference: 'r', amount: '5' });
  alarm('OverReturns', { scope: 'AcmeTest', reference: 'r', amount: '5' });
  expect(counted()).toEqual({ UnappliedMoney: 1, OverReturns: 1 });
});

it('an answer that contradicts the stored outcome is counted with contradicting callbacks', async () => {
  const { withoutSending, paymentsDeps } = await import('../../../functions/entries/payments-deps.ts');

  paymentsDeps(platform(), withoutSending).contradicted({
    scope: 'AcmeTest' as never,
    reference: 'r',
    outcome: 'captured',
  });
  expect(counted()).toEqual({ CallbacksRefused: 1 });
});

it('a currency whose calendar has ended, and what is overdue, are counted by the rule that starts settlements', async () => {
  const beyond = (...given: readonly unknown[]): void =>
    (given[4] as (currency: string, scope: string) => void)('cny', 's');
  vi.doMock(MOCKED[4]!, () => ({
    dueSettlements: (...given: readonly unknown[]) => {
      beyond(...given);
      return [];
    },
    makeCheckpoints: async () => {},
  }));
  vi.doMock(MOCKED[7]!, () => ({ overdueOf: async () => ['a statement', 'a file'] }));
  const { create } = await import('../../../functions/entries/settlement-due.ts');

  await create(platform())({});
  expect(counted()).toEqual({ CalendarsEnded: 1, TreasuryOverdue: 2 });
});

it('a day that cannot be closed for its books is counted, and names what differs', async () => {
  const entry = { problem: 'entry_missing', record: 're_1', type: 'refund_requested', entry: 'txn_1', committedMs: 1 };
  vi.doMock(MOCKED[5]!, async (original) => {
    const { BooksDiffer } = await import('../../../functions/settlement/compare.ts');
    const runStep = () => Promise.reject(new BooksDiffer('AcmeTest' as never, [entry as never]));
    return { ...(await original<object>()), runStep };
  });
  const { create } = await import('../../../functions/entries/settlement-step.ts');

  const input = { scope: 'AcmeTest', date: '2027-01-15', throughMs: 1, force: false, status: 'waiting' };
  await expect(create(platform())({ step: 'seal', input: input as never })).rejects.toThrow(
    'the books of AcmeTest cannot be closed: entry_missing re_1 refund_requested txn_1. See docs/runbook.md, books-differ.',
  );
  expect(counted()).toEqual({ BooksDiffer: 1 });
});

it.each([
  [['entry_missing re_1', 'entry_missing re_2'], { BooksDiffer: 2 }],
  [[], {}],
])('an audit that finds %j counts %j', async (differences, sums) => {
  vi.doMock(MOCKED[6]!, () => ({ carryOutAudit: async () => ({ differences }) }));
  const { create } = await import('../../../functions/entries/merchants-audit.ts');

  expect(await create(platform())({ command: 'audit' })).toEqual({ differences });
  expect(counted()).toEqual(sums);
});

it('all that is counted has its alarm', () => {
  const names = [...readFileSync('functions/kernel/metrics.ts', 'utf8').matchAll(/^ {2}\| '(\w+)'/gm)];
  const alarms = [...readFileSync('lib/observability.ts', 'utf8').matchAll(/^ {2}\['[a-z-]+', '(\w+)'/gm)];

  expect(names.map(([, name]) => name)).toEqual(alarms.map(([, name]) => name));
  expect(names).toHaveLength(12);
});
