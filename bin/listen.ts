/** `npm run -s listen -- --forward-to URL`: forwards the events of the local stack to an address, as `stripe listen` does. */
import { once } from 'node:events';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { listen } from './local/listen.ts';
import { runningStack } from './local/place.ts';

const USAGE = `Usage: npm run -s listen -- --forward-to URL [--events TYPE,…] [--api-key sk_test_…]

Forwards the events of the stack that npm start runs here to an address, signed with the secret that it prints. Ctrl-C ends it.

  --forward-to  the address
  --events      types of events (default: all)
  --api-key     the merchant's key (default: the demo merchant's)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    'forward-to': { type: 'string' },
    events: { type: 'string' },
    'api-key': { type: 'string' },
  });
  const { 'forward-to': given, events = '*', 'api-key': apiKey } = values;
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  if (given === undefined) return commandLine.wrong(USAGE, '--forward-to is missing');
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
    say: (line) => console.log(`${new Date().toISOString()}  ${line}`),
  });
  console.log(`Ready! Your webhook signing secret is ${listening.secret} (^C to quit)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await listening.stop();
  return 0;
});
