/** The states of a settlement, in Amazon's states language; each task is a step of functions/settlement/step.ts. */

/** Every step may be run again at any time, so any failure is retried. A lasting failure ends the execution, which raises an alarm. */
const RETRY = [
  // Records and entries that do not agree are for a person to look at: another try finds the same.
  { ErrorEquals: ['BooksDiffer'], MaxAttempts: 0 },
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 },
];

/** The longest that entries and banks are waited for. */
const LIMIT_SECONDS = 7 * 86_400;

export function settlementMachine(stepArn: string): object {
  const task = (step: string, next: string) => ({
    Type: 'Task',
    Resource: stepArn,
    Parameters: { step, 'input.$': '$' },
    // A little more than the function has.
    TimeoutSeconds: 930,
    Retry: RETRY,
    Next: next,
  });
  const wait = (next: string) => ({ Type: 'Wait', SecondsPath: '$.waitSeconds', Next: next });
  return {
    Comment: 'cut-off, seal, net, payout, report, bank',
    StartAt: 'Seal',
    TimeoutSeconds: LIMIT_SECONDS,
    States: {
      Seal: task('seal', 'Sealed?'),
      'Sealed?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.status', StringEquals: 'waiting', Next: 'WaitForEntries' }],
        Default: 'Settle',
      },
      WaitForEntries: wait('Seal'),
      Settle: task('settle', 'Report'),
      Report: task('report', 'Pay'),
      Pay: task('pay', 'Paid?'),
      'Paid?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.status', StringEquals: 'paying', Next: 'WaitForBank' },
          { Variable: '$.again', BooleanEquals: true, Next: 'Seal' },
        ],
        Default: 'Done',
      },
      WaitForBank: wait('Pay'),
      Done: { Type: 'Succeed' },
    },
  };
}
