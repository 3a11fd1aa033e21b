/** The embedded table, which every test in process trusts, against the emulator that the stack runs on. */
import { it } from 'vitest';
import { compareRefusals, compareWith } from '../world/compare-tables.ts';
import { deployed } from '../world/deployed.ts';
import { onLocalStack, onMiniStack } from '../world/deployed-stack.ts';
import { skipped } from '../world/skip.ts';

it('the embedded table answers random commands as MiniStack does, write units included', async (context) => {
  if (!(await onMiniStack())) skipped(context, 'this endpoint is not MiniStack');
  await compareWith(deployed().endpoint, { runs: 60, seed: 20261124, units: true });
}, 120_000);

// Its engine is DynamoDB Local, whose capacity figures are rough.
it('the embedded table answers random commands as LocalStack does, and refuses what it refuses', async (context) => {
  if (!(await onLocalStack())) skipped(context, 'this endpoint is not LocalStack: AWS_ENDPOINT_URL names one');
  await compareWith(deployed().endpoint, { runs: 60, seed: 20261124, units: false });
  await compareRefusals(deployed().endpoint);
}, 300_000);
