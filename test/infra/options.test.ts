/** Settings: a name or a value that means nothing is refused, because a setting that is not read is at its default. */
import { describe, expect, it } from 'vitest';
import { appOf } from './synth.ts';

const aws = (context: Record<string, unknown>) => appOf({ target: 'aws', ...context }).options;

describe('settings from a file such as cdk.context.json', () => {
  it('numbers count as on the command line', () => {
    const file = { throttleRate: 321, throttleBurst: 77, addressRate: 150, paymentsConcurrency: 7 };
    const line = { throttleRate: '321', throttleBurst: '77', addressRate: '150', paymentsConcurrency: '7' };
    const options = aws(file);

    expect(options).toEqual(aws(line));
    expect(options).toMatchObject({
      throttle: { ratePerSecond: 321, burst: 77 },
      addressRatePerSecond: 150,
      paymentsConcurrency: 7,
    });
    for (const throttleRate of [0, -1, 1.5, 1e21])
      expect(() => aws({ throttleRate })).toThrow(`context throttleRate=${throttleRate}`);
  });

  it('other values are refused, not left out', () => {
    for (const value of [true, false, ['off'], { on: 1 }, null])
      for (const name of ['protection', 'extras', 'alarmEmail', 'stackName'])
        expect(() => aws({ [name]: value }), `${name} ${JSON.stringify(value)}`).toThrow(`context ${name}=`);
  });
});

it('a name that no setting has is refused', () => {
  for (const name of ['protecton', 'alarmemail', 'AlarmEmail', 'stackname', 'throttle'])
    expect(() => aws({ [name]: 'x' }), name).toThrow(`context ${name}: no such setting`);
  // What the CDK keeps in the same file, and its features.
  expect(() => aws({ 'availability-zones:account=1:region=x': [], '@aws-cdk/core:x': true })).not.toThrow();
});

it('alarms can reach what is named for them', () => {
  const arn = 'arn:aws:sns:us-east-1:111122223333:oncall';

  expect(aws({ alarmTopicArn: arn }).alarmTopicArn).toBe(arn);
  expect(aws({ alarmTopicArn: arn.replace('aws', 'aws-cn') }).alarmTopicArn).toContain('aws-cn');
  for (const alarmTopicArn of ['oncall', `${arn}.fifo`, 'arn:aws:sqs:us-east-1:111122223333:oncall', `${arn}:1`])
    expect(() => aws({ alarmTopicArn })).toThrow(`context alarmTopicArn=${alarmTopicArn}`);
  for (const alarmEmail of ['oncall', 'a@', '@example.com', 'a b@example.com', 'a@b, c@d'])
    expect(() => aws({ alarmEmail })).toThrow(`context alarmEmail=${alarmEmail}`);
});

it('a certificate is one of ACM', () => {
  expect(() => aws({ domainName: 'pay.example.com', certificateArn: 'arn:aws:iam::1:server-certificate/x' })).toThrow(
    'context certificateArn=',
  );
});
