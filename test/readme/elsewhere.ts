/** Commands of the pages that the readme tier does not run. */

export const NEEDS_AN_AWS_ACCOUNT = [
  'npx cdk deploy --all -c target=aws -c protection=off -c alarmEmail=oncall@example.com',
  'npx cdk deploy --all -c target=aws -c alarmEmail=oncall@example.com',
  'npm ci && npx cdk deploy --all -c target=aws',
];

/** They install Stryker and take minutes to hours; `test/unit/bin/mutation.test.ts` tests the command without it. */
export const MUTATES = ['npm run mutate', 'npm run mutate -- batch.ts'];

/** They need a machine without other work, and no other stack; `test/exhaustive/embedded/bench.test.ts` has a small run. */
export const MEASURES = ['npm run bench -- runtime', 'npm run bench -- runtime --without-peers --payments 100000'];

/** They run in `test/exhaustive/embedded` (package, chaos, demo-channels), `test/contract/channels/registered.test.ts` and `test/infra/old-node.test.ts`. */
export const TESTED_APART = [
  'npm run package',
  'npx sluice start',
  'npm start -- --chaos seed=7',
  'npm start -- --channels-at',
  'npm run demo:channels',
  'npx vitest',
];
