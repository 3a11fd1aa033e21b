/** `npm start`: the whole product on this machine, from an empty emulator to a key with which a payment can be made. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { addressesIn } from '../functions/channels/addresses.ts';
import { settingsOf } from './embedded/chaos/faults.ts';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { IS_PACKAGE, localPath } from './local/files.ts';
import type { CreatedMerchant } from './local/operator.ts';
import { type RunningStack, runningStack, stateFile } from './local/place.ts';
import { ready, type Session, withStack } from './local/session.ts';
import { dataDirectory, type EmbeddedOptions, shown, startEmbedded } from './local/start-embedded.ts';

const USAGE = `Usage: npm start [-- --on embedded|ministack|localstack] [--data DIR] [--keys DIR] [--memory]
                     [--chaos seed=N[,rate=R][,faults=F+F]] [--channels-at CHANNEL=URL,…]

Runs the whole product on this machine until Ctrl-C.

  --on      embedded: in one process, with its data in a directory (default)
            ministack: deployed to an AWS emulator that this command installs and starts, each time from an empty stack
            localstack: deployed to the emulator at AWS_ENDPOINT_URL (default when that is set)
  --data    directory of the embedded runtime (default: .local/data); keys and payments of earlier starts are there
  --keys    directory of its keys (default: keys in the data); a merchant with live keys needs another place
  --memory  the embedded runtime keeps nothing
  --chaos   the embedded runtime has faults: of every kind (refused+lost+crash+late+twice), each at one place in a hundred (0.01)
  --channels-at  addresses on this machine that stand for the hosts of channels, such as stripe=http://127.0.0.1:4242

In the environment:

  PORT              port of the API (default 4010)
  PYTHON            the Python that installs the emulator (default: the first of PATH that is 3.10 or newer)
  AWS_ENDPOINT_URL  a running LocalStack
  SLUICE_EMULATOR_HOST  the host of that address, when it is not this machine`;

const DEFAULT_PORT = 4010;

/** Of bin/run.mjs: what it installs before is part of how long a start takes. */
const startedMs = Number(process.env.SLUICE_STARTED_MS) || Date.now();
const seconds = (): string => ((Date.now() - startedMs) / 1000).toFixed(1);
const say = (line: string): void => console.log(`[${seconds().padStart(5)} s] ${line}`);

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new Failure(`PORT=${text}: must be a number from 1 to 65535`);
  return port;
}

async function refuseSecondStart(): Promise<void> {
  const running = runningStack();
  if (running === undefined) return;
  const answers = await fetch(`${running.baseUrl}/healthz`, { signal: AbortSignal.timeout(2000) }).then(
    () => true,
    () => false,
  );
  if (answers)
    throw new Failure(`Sluice already runs from this folder, at ${running.baseUrl}. Stop it first (Ctrl-C there).`);
  rmSync(stateFile(), { force: true });
}

async function serve(session: Session): Promise<never> {
  say('merchant: creating the demo merchant');
  const { test } = await session.operator<CreatedMerchant>('create-merchant', { name: 'Demo', delayDays: 0 });
  await ready(session.baseUrl, test.secretKey);
  const { baseUrl, endpoint, stack } = session;
  announce({ baseUrl, ...test, endpoint, stack }, ON_EMULATOR);
  return new Promise(() => {});
}

/** Says where the stack is, to people and to programs. */
function announce(state: RunningStack, kept: string): void {
  // A reader that waits for the file finds all of it.
  writeFileSync(`${stateFile()}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${stateFile()}.new`, stateFile());
  // `npm run bench` shows it beside its budget.
  writeFileSync(localPath('ready-seconds'), seconds());
  console.log(welcome(state, kept));
}

/** An emulator of our own keeps nothing; an endpoint that was there before keeps its stack. */
const ON_EMULATOR =
  process.env.AWS_ENDPOINT_URL === undefined
    ? 'Every start is empty: merchants, keys and payments of an earlier start are gone, and its keys get a 401.'
    : 'The endpoint keeps this stack: keys of an earlier start work as long as it runs. This start added a merchant.';

function welcome({ baseUrl, secretKey, publishableKey, socket }: RunningStack, kept: string): string {
  const { hostname, port } = new URL(baseUrl);
  return `
Sluice is ready after ${seconds()} s.

  Base URL         ${baseUrl}
  Secret key       ${secretKey}
  Publishable key  ${publishableKey}

${kept}
Programs find the address and the keys of this start in .local/sluice.json.

Take a payment with curl:

curl ${baseUrl}/v1/payment_intents -u ${secretKey}: \\
  -d amount=2000 -d currency=usd -d payment_method=pm_card_visa -d confirm=true

or with the Stripe SDK, pasted into a second terminal in this folder:

node --input-type=module <<'EOF'
import Stripe from 'stripe';
const stripe = new Stripe('${secretKey}', {
  host: '${hostname}', port: ${port}, protocol: 'http',
});
const intent = await stripe.paymentIntents.create({
  amount: 2000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true,
});
console.log(intent.id, intent.status);
EOF

Then: npm run -s settle -- --date "$(date -u +%F)", npm run -s ledger -- trial-balance,
npm run -s merchant -- create --name Acme${socket === undefined ? ', npm run deploy:local' : ''}. Ctrl-C ends everything.
`;
}

async function onEmulator(port: number, channelsAt: string | undefined): Promise<void> {
  await withStack({ say, port, folder: 'stack', log: 'emulator.log', channelsAt }, serve);
}

async function onEmbedded(options: Omit<EmbeddedOptions, 'say'>): Promise<void> {
  const { directory } = options;
  const interrupted = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
  });
  const starting = startEmbedded({ ...options, say });
  const stack = await Promise.race([starting, interrupted]);
  if (stack === undefined) {
    // The signal has ended what a start runs (child.ts), so it fails or is about to be ready.
    await starting.then(
      (late) => late.stop(),
      () => {},
    );
    return;
  }
  try {
    const where = directory && shown(directory);
    announce(
      stack.state,
      where === undefined
        ? 'Nothing is kept: at the end everything is gone.'
        : `Everything is kept in ${where}${stack.isKept ? ', and so is what was there before: the keys are those of the first start' : ''}.`,
    );
    await interrupted;
  } finally {
    await stack.stop();
  }
}

/** Why these are no addresses of channels; undefined: they are. */
function whyWrong(channelsAt: string): string | undefined {
  try {
    addressesIn(channelsAt);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const PLACES = ['embedded', 'ministack', 'localstack'] as const;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    on: { type: 'string' },
    data: { type: 'string' },
    keys: { type: 'string' },
    memory: { type: 'boolean' },
    chaos: { type: 'string' },
    'channels-at': { type: 'string' },
  });
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  const given = values.on ?? (process.env.AWS_ENDPOINT_URL ? 'localstack' : 'embedded');
  const on = PLACES.find((place) => place === given);
  if (on === undefined) return commandLine.wrong(USAGE, `--on ${given}: must be ${PLACES.join(', ')}`);
  const { data, keys, memory = false, chaos, 'channels-at': channelsAt } = values;
  if (data !== undefined && memory) return commandLine.wrong(USAGE, '--data and --memory exclude each other');
  if (on !== 'embedded' && [data, keys, chaos, memory || undefined].some((given) => given !== undefined))
    return commandLine.wrong(USAGE, '--data, --keys, --memory and --chaos are of the embedded runtime');
  if (on === 'localstack' && !process.env.AWS_ENDPOINT_URL)
    throw new Failure('AWS_ENDPOINT_URL says where LocalStack is');
  if (on !== 'embedded' && IS_PACKAGE)
    throw new Failure(`--on ${on} deploys the stack with the CDK, which is in a checkout and not in this package.`);
  if (on === 'ministack') delete process.env.AWS_ENDPOINT_URL;
  const faults = chaos === undefined ? undefined : settingsOf(chaos);
  if (typeof faults === 'string') return commandLine.wrong(USAGE, `--chaos ${chaos}: ${faults}`);
  if (faults)
    say(`chaos: ${faults.faults.join(', ')}, each at ${faults.rate * 100} % of its places, from seed ${faults.seed}`);
  const wrongAddresses = channelsAt === undefined ? undefined : whyWrong(channelsAt);
  if (wrongAddresses !== undefined) return commandLine.wrong(USAGE, `--channels-at ${wrongAddresses}`);
  const port = portOf(process.env.PORT);
  await refuseSecondStart();
  try {
    if (on === 'embedded')
      await onEmbedded({ port, directory: memory ? undefined : dataDirectory(data), keys, chaos: faults, channelsAt });
    else await onEmulator(port, channelsAt);
    console.log('Stopped.');
    return 0;
  } finally {
    if (runningStack()?.baseUrl === `http://127.0.0.1:${port}`) rmSync(stateFile(), { force: true });
  }
});
