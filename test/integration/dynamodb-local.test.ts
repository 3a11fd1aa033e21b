/** A second opinion on the in-memory table: AWS's own engine, where there is a Java to run it. */
import { it } from 'vitest';
import { compareWith } from '../world/compare-tables.ts';
import { dynamoDbLocal, javaVersion, startDynamoDbLocal } from '../world/dynamodb-local.ts';
import { skipped } from '../world/skip.ts';

it('the in-memory table answers random commands as DynamoDB Local does', async (context) => {
  if ((await javaVersion()) === undefined) return skipped(context, 'there is no Java 17 or later here');
  const home = await dynamoDbLocal();
  if (home === undefined) return skipped(context, 'DynamoDB Local is not here yet, and npm cannot reach a registry');
  const engine = await startDynamoDbLocal(home);
  try {
    // Its capacity figures are rough: units are compared with the emulator instead.
    await compareWith(engine.endpoint, { runs: 40, seed: 20261125, units: false });
  } finally {
    await engine.stop();
  }
}, 180_000);
