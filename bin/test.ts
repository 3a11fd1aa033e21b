/**
 * `npm test`: every test. The fast tiers first; then a merchant's days on the embedded runtime; then a stack of its own on an emulator of its own: what
 * a deployment is made of, and one day on each kind of API; a stack of version 0.1, updated; last what the README says, on the stack that
 * `npm start` makes. Arguments name the tiers to run: `npm test -- unit e2e`. The last line is `N passed, N failed`.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { install01, timeOf01 } from '../test/world/install-01.ts';
import { emulatorEnvironment } from './local/environment.ts';
import { Failure, runProgram } from './local/failure.ts';
import { localPath } from './local/files.ts';
import { rehearse } from './local/rehearsal.ts';
import { withStack } from './local/session.ts';
import { startEmbedded } from './local/start-embedded.ts';
import {
  CLIENT_TIERS,
  conclude,
  DEPLOYED_TIERS,
  EXHAUSTIVE_TIERS,
  FAST_TIERS,
  type Outcome,
  README_TIERS,
  runTiers,
  TIERS,
  type Tier,
  UPGRADE_TIERS,
} from './local/tiers.ts';

const startedMs = Date.now();
const say = (line: string): void =>
  console.log(`[${((Date.now() - startedMs) / 1000).toFixed(1).padStart(5)} s] ${line}`);

const NOTHING_RAN: Outcome = { passed: 0, failures: [] };
const wanted = process.argv.slice(2);
const among = <T extends Tier>(tiers: readonly T[]): readonly T[] =>
  wanted.length === 0 ? tiers : tiers.filter((tier) => wanted.includes(tier));

/** The tiers that need no stack from here. The contract tests record what the API answers, and the clients compare it with Stripe's document. */
async function alone(all: readonly Tier[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const tiers = among(all);
  if (tiers.length === 0) return NOTHING_RAN;
  say(`test: ${tiers.join(', ')}`);
  return runTiers(tiers, { env: { ...process.env, ...env } });
}

/** Where the contract tests of this run record what the API answers. */
function recording(): NodeJS.ProcessEnv {
  if (!among(FAST_TIERS).includes('contract')) return {};
  const folder = localPath('test', 'recording');
  rmSync(folder, { recursive: true, force: true });
  return { SLUICE_RECORD: folder };
}

/** What depends on the kind of API: addresses, paths and a merchant's day. */
const EITHER_API = ['test/e2e/paths.test.ts', 'test/e2e/journey.test.ts'];

/** All of them on LocalStack. An emulator of our own proves the wiring by one day of a merchant. */
async function onThisStack(tiers: readonly Tier[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  if (process.env.AWS_ENDPOINT_URL || !tiers.includes('e2e')) return runTiers(tiers, { env });
  const others = tiers.filter((tier) => tier !== 'e2e');
  const outcome = others.length === 0 ? NOTHING_RAN : await runTiers(others, { env });
  const day = await runTiers(['e2e'], { env, files: EITHER_API });
  return { passed: outcome.passed + day.passed, failures: [...outcome.failures, ...day.failures] };
}

/** An address depends on the kind of API, and an AWS emulator's own address is asked: its tests run where there is one. */
const OF_AN_EMULATOR = ['test/e2e/paths.test.ts'];

const testsIn = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => (name.endsWith('.test.ts') ? [`${folder}/${name}`] : []));
/** Contract tests that do not look inside (test/world/contract-app.ts). */
const runsOnEither = (file: string): boolean => readFileSync(file, 'utf8').includes('await eitherApp()');

/**
 * The days of merchants, on the runtime that they try the product with, and the contract tests that do not look inside: there the wiring, the grants and
 * the triggers are those of the template.
 */
async function embedded(): Promise<Outcome> {
  if (!among(DEPLOYED_TIERS).includes('e2e') || process.env.AWS_ENDPOINT_URL) return NOTHING_RAN;
  const directory = localPath('test', 'embedded', 'data');
  rmSync(directory, { recursive: true, force: true });
  const stack = await startEmbedded({ say, port: 0, directory, keys: undefined });
  try {
    const { baseUrl, socket, stack: name } = stack.state;
    say(`test: e2e on ${baseUrl}, the embedded runtime`);
    const where = { SLUICE_BASE_URL: baseUrl, SLUICE_SOCKET: socket, SLUICE_STACK: name };
    const env = { ...process.env, ...where };
    const days = await runTiers(['e2e'], {
      env,
      files: testsIn('test/e2e').filter((file) => !OF_AN_EMULATOR.includes(file)),
    });
    say('test: contract on the same stack');
    const contract = await runTiers(['contract'], { env, files: testsIn('test/contract').filter(runsOnEither) });
    return { passed: days.passed + contract.passed, failures: [...days.failures, ...contract.failures] };
  } finally {
    await stack.stop();
  }
}

async function deployed(): Promise<Outcome> {
  const tiers = among(DEPLOYED_TIERS);
  if (tiers.length === 0) return NOTHING_RAN;
  // An emulator of our own enforces IAM: what a function is not granted, no test can have relied on.
  const enforceIam = process.env.SLUICE_ENFORCE_IAM !== '0';
  const result = await withStack(
    { say, port: 0, folder: 'test', log: 'test/emulator.log', enforceIam },
    async ({ baseUrl, endpoint, stack, enforcesIam }) => {
      say(`test: ${tiers.join(', ')} on ${baseUrl}`);
      const where = { SLUICE_BASE_URL: baseUrl, SLUICE_STACK: stack, SLUICE_IAM_ENFORCED: enforcesIam ? '1' : '0' };
      const env = { ...emulatorEnvironment(endpoint), ...where };
      const outcome = await onThisStack(tiers, env);
      // Of an emulator that enforces IAM: it is our own, and is thrown away.
      if (!tiers.includes('integration') || !enforcesIam) return outcome;
      say('test: a restore, rehearsed on the tables that the tests have filled');
      const failures = await rehearse({ stack, endpoint, baseUrl, say }).then(
        () => [],
        (error: unknown) => [String(error)],
      );
      const passed = outcome.passed + (failures.length === 0 ? 1 : 0);
      return { passed, failures: [...outcome.failures, ...failures] };
    },
  );
  if (result === 'interrupted') throw new Failure('test: interrupted');
  return result;
}

/** The emulator of our own has an HTTP API, and AWS by default a REST API: what depends on that runs on a REST API too. */
async function onRestApi(): Promise<Outcome> {
  const alike = process.env.AWS_ENDPOINT_URL || process.env.SLUICE_API === 'rest';
  if (alike || !among(DEPLOYED_TIERS).includes('e2e')) return NOTHING_RAN;
  const result = await withStack(
    { say, port: 0, folder: 'test-rest', log: 'test/emulator-rest.log', api: 'rest' },
    async ({ baseUrl, endpoint, stack }) => {
      say(`test: paths and a merchant's day on ${baseUrl}, a REST API`);
      const where = { SLUICE_BASE_URL: baseUrl, SLUICE_STACK: stack, SLUICE_IAM_ENFORCED: '0' };
      return runTiers(['e2e'], { env: { ...emulatorEnvironment(endpoint), ...where }, files: EITHER_API });
    },
  );
  if (result === 'interrupted') throw new Failure('test: interrupted');
  return result;
}

/**
 * A stack of version 0.1 with its data, updated to this release. Its functions run at the time at which 0.1 stopped. An emulator that enforces
 * IAM refuses signatures of that time, so this one does not.
 */
async function upgraded(): Promise<Outcome> {
  const tiers = among(UPGRADE_TIERS);
  if (tiers.length === 0) return NOTHING_RAN;
  if (process.env.AWS_ENDPOINT_URL) {
    say('test: upgrade needs an emulator of its own, whose functions run at another time: left out');
    return NOTHING_RAN;
  }
  const result = await withStack(
    {
      say,
      port: 0,
      folder: 'test-upgrade',
      log: 'test/emulator-upgrade.log',
      api: 'http',
      nodeOptions: timeOf01(),
      before: (place) => install01(place, say),
    },
    async ({ baseUrl, endpoint, stack }) => {
      say(`test: upgrade on ${baseUrl}, a stack of 0.1 until now`);
      const where = { SLUICE_BASE_URL: baseUrl, SLUICE_STACK: stack, SLUICE_IAM_ENFORCED: '0' };
      return runTiers(tiers, { env: { ...emulatorEnvironment(endpoint), ...where } });
    },
  );
  if (result === 'interrupted') throw new Failure('test: interrupted');
  return result;
}

/** The result of the part. A part that could not run is one failure, so that the other parts are still reported. */
async function carriedOut(part: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await part();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    return { passed: 0, failures: [String(error)] };
  }
}

await runProgram(async () => {
  const unknown = wanted.filter((name) => !TIERS.some((tier) => tier === name));
  if (unknown.length > 0) throw new Failure(`test: ${unknown.join(', ')}: tiers are ${TIERS.join(', ')}`);
  const recorded = recording();
  const outcomes = [
    await carriedOut(() => alone([...FAST_TIERS, ...EXHAUSTIVE_TIERS], recorded)),
    await carriedOut(() => alone(CLIENT_TIERS, recorded)),
    await carriedOut(embedded),
    await carriedOut(deployed),
    await carriedOut(onRestApi),
    await carriedOut(upgraded),
    await carriedOut(() => alone(README_TIERS)),
  ];
  say('test: done');
  return conclude(outcomes);
});
