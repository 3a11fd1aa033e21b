/** `stripe trigger` of the official CLI: every fixture it has. Those of what is served run; each of the others is refused with a reason. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Failure } from '../../bin/local/failure.ts';
import { clientsPath, installNode } from '../world/install-clients.ts';
import { type Product, startProduct } from '../world/product.ts';
import { output } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';
import { TRIGGERS } from './triggers.ts';

const PROGRAM = clientsPath('node', 'node_modules/@stripe/cli-linux-x64/bin/stripe');
let product: Product;
let installed: ReturnType<typeof installNode>;

beforeAll(async () => {
  product = await startProduct();
  installed = installNode();
});
afterAll(() => product.stop());

/** What the CLI says. Nothing of it leaves the machine: a proxy that does not exist takes all but loopback addresses. */
const stripe = (...args: readonly string[]): Promise<readonly string[]> =>
  output(PROGRAM, [...args, '--api-key', product.secretKey], {
    XDG_CONFIG_HOME: clientsPath('cli'),
    HTTPS_PROXY: 'http://127.0.0.1:9',
    STRIPE_CLI_TELEMETRY_OPTOUT: 'true',
  });

/** Why a fixture failed; nothing if it ran. */
const failureOf = (trigger: string): Promise<string | undefined> =>
  stripe('trigger', trigger, '--api-base', product.baseUrl).then(
    () => undefined,
    (error: unknown) => (error instanceof Failure ? error.message : String(error)),
  );

it('the fixtures of what is served run; the others are refused with a reason', async (context) => {
  if (typeof installed === 'string') return skipped(context, `Stripe CLI: ${installed}`);
  if (!existsSync(PROGRAM)) return skipped(context, 'Stripe CLI: its package has no program for this machine');
  const help = await stripe('trigger', '--help');
  const triggers = help.flatMap((line) => /^ {2}([a-z0-9_]+(?:\.[a-z0-9_]+)+)$/.exec(line)?.slice(1) ?? []);

  const results = new Map<string, string | undefined>();
  for (const trigger of triggers) results.set(trigger, await failureOf(trigger));

  expect(triggers.length).toBeGreaterThan(100);
  expect(TRIGGERS.map((trigger) => [trigger, results.get(trigger)])).toEqual(
    TRIGGERS.map((trigger) => [trigger, undefined]),
  );
  const [ran, refused] = [true, false].map((runs) =>
    [...results].filter(([, failure]) => (failure === undefined) === runs),
  ) as [[string, undefined][], [string, string][]];
  expect(ran.map(([trigger]) => trigger).sort()).toEqual([...TRIGGERS]);
  // None of them because of a parameter that Stripe has and Sluice does not know.
  expect(refused.filter(([, failure]) => failure.includes('parameter_unknown'))).toEqual([]);
  expect(refused.filter(([, failure]) => !/status=40[04], body=\{"error":\{.*"message":"/.test(failure))).toEqual([]);
});
