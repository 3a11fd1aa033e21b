/** `npm run -s listen -- --forward-to URL`: forwards the events of the local stack to an address, as `stripe listen` does. */
import { once } from 'node:events';
import { API_VERSION } from '../functions/api/api-version.ts';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { listen } from './local/listen.ts';
import { runningStack } from './local/place.ts';

const USAGE = `Usage: npm run -s listen -- --forward-to URL [--events TYPE,…] [--latest | --api-version VERSION] [--api-key sk_test_…]

Forwards the events of the stack that npm start runs here to an address, signed with the secret that it prints. Ctrl-C ends it.

  --forward-to  the address
  --events      types of events (default: all)
  --latest      send the events in the newest version of the API
  --api-version send the events in this version, such as 2024-06-20 (default: the version of the account, which is the newest)
  --api-key     the merchant's key (default: the demo merchant's)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    'forward-to': { type: 'string' },
    events: { type: 'string' },
    latest: { type: 'boolean' },
    'api-version': { type: 'string' },
    'api-key': { type: 'string' },
  });
  const { 'forward-to': given, events = '*', latest = false, 'api-version': version, 'api-key': apiKey } = values;
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  if (given === undefined) return commandLine.wrong(USAGE, '--forward-to is missing');
  if (latest && version !== undefined) return commandLine.wrong(USAGE, '--latest and --api-version exclude each other');
  // As Stripe's own command takes it: localhost:4242/webhook.
  const forwardTo = /^https?:\/\//.test(given) ? given : `http://${given}`;
  if (!URL.canParse(forwardTo)) return commandLine.wrong(USAGE, `--forward-to ${given}: not an address`);
  const running = runningStack();
  if (running === undefined) throw new Failure('No stack is running here: run `npm start` in another terminal first.');
  const listening = await listen({
    baseUrl: running.baseUrl,
    secretKey: apiKey ?? running.secretKey,
    forwardTo,
    events: events.split(','),
    apiVersion: latest ? API_VERSION : version,
    say: (line) => console.log(`${new Date().toISOString()}  ${line}`),
  });
  console.log(`Ready! Your webhook signing secret is ${listening.secret} (^C to quit)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await listening.stop();
  return 0;
});
