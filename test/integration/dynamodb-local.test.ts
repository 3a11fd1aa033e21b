/** A second opinion on the embedded table: AWS's own engine, where there is a Java to run it. */
import { it, type TestContext } from 'vitest';
import { compareRefusals, compareWith } from '../world/compare-tables.ts';
import { dynamoDbLocal, javaVersion, startDynamoDbLocal } from '../world/dynamodb-local.ts';
import { skipped } from '../world/skip.ts';

async function withEngine(context: TestContext, run: (endpoint: string) => Promise<void>): Promise<void> {
  if ((await javaVersion()) === undefined) return skipped(context, 'there is no Java 17 or later here');
  const home = await dynamoDbLocal();
  if (home === undefined) return skipped(context, 'DynamoDB Local is not here yet, and npm cannot reach a registry');
  const engine = await startDynamoDbLocal(home);
  try {
    await run(engine.endpoint);
  } finally {
    await engine.stop();
  }
}

it('the embedded table answers random commands as DynamoDB Local does', { timeout: 180_000 }, async (context) => {
  await withEngine(context, (endpoint) =>
    // Its capacity figures are rough: units are compared with the emulator instead.
    compareWith(endpoint, { runs: 40, seed: 20261125, units: false }),
  );
});

it('the embedded table refuses what DynamoDB Local refuses', { timeout: 180_000 }, async (context) => {
  await withEngine(context, compareRefusals);
});
