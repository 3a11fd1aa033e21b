import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, PCIDSS321Checks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { checked } from '../../lib/app.ts';
import { LOCAL_NAG_REASONS, NAG_REASONS } from '../../lib/nag-reasons.ts';
import { appOf } from './synth.ts';

const domain = {
  domainName: 'pay.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/1',
  hostedZoneId: 'Z1',
};
const VARIANTS = [
  { target: 'aws', api: 'http', ...domain },
  { target: 'aws', api: 'rest', ...domain },
  { target: 'local', api: 'http' },
  { target: 'local', api: 'rest' },
];

it.each(VARIANTS)('target $target, $api API: has no finding without a written reason', (variant) => {
  expect(() => checked(appOf(variant)).app.synth()).not.toThrow();
});

it('a finding without a reason fails the synthesis', () => {
  const made = appOf({ target: 'local', api: 'http' });
  Validations.of(made.app).addPlugins(new AwsSolutionsChecks(made.app));

  expect(() => made.app.synth()).toThrow();
});

it('no reason is stale: each one answers a finding that is there', () => {
  const found = new Set(
    VARIANTS.flatMap((variant) => {
      const { app } = appOf(variant);
      const packs = [new AwsSolutionsChecks(app), new PCIDSS321Checks(app)];
      return packs.flatMap((pack) =>
        pack.validateScope(app).violations.map(({ ruleName }) => `${pack.name}::${ruleName}`),
      );
    }),
  );

  expect(Object.keys({ ...NAG_REASONS, ...LOCAL_NAG_REASONS }).filter((id) => !found.has(id))).toEqual([]);
});

it('every reason is a sentence', () => {
  for (const reason of Object.values({ ...NAG_REASONS, ...LOCAL_NAG_REASONS }))
    expect(reason).toMatch(/^[A-Z].{30,}\.$/);
});
