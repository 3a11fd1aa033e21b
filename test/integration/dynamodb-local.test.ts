/** A second opinion on the in-memory table: AWS's own engine, where there is a Java to run it. */
import { expect, it } from 'vitest';
import { compareWith } from '../support/compare-tables.ts';
import { javaVersion, startDynamoDbLocal } from '../support/dynamodb-local.ts';

const java = await javaVersion();

if (java === undefined) {
  it('DynamoDB Local was not compared with: there is no Java 17 or later here', () => {
    expect(java).toBeUndefined();
  });
} else {
  it('the in-memory table answers random commands as DynamoDB Local does', async () => {
    const engine = await startDynamoDbLocal();
    try {
      // Its capacity figures are rough: units are compared with the emulator instead.
      await compareWith(engine.endpoint, { runs: 40, seed: 20261125, units: false });
    } finally {
      await engine.stop();
    }
  }, 180_000);
}
