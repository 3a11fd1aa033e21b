/** The states of a settlement, in Amazon's states language; each task is a step of functions/settlement/README.md. */

/** Errors of the Lambda service, not of our code: the same step again is safe, for every step is idempotent. */
const RETRY = [
  {
    ErrorEquals: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'States.Timeout',
    ],
    IntervalSeconds: 2,
    MaxAttempts: 6,
    BackoffRate: 2,
  },
];

export function settlementMachine(stepArn: string): object {
  return {
    StartAt: 'Seal',
    States: {
      Seal: { Type: 'Task', Resource: stepArn, Parameters: { step: 'seal', 'input.$': '$' }, Retry: RETRY, End: true },
    },
  };
}
