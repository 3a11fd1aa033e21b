/** `npm run -s channel -- COMMAND`: a merchant's accounts at channels. Credentials come from a file or standard input, never from the command line. */
import { channelArguments } from './local/channel-arguments.ts';
import { commandLine } from './local/command-line.ts';
import { readCredentials } from './local/credentials-file.ts';
import { runProgram } from './local/failure.ts';
import { operatorOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s channel -- COMMAND [OPTIONS]

  add --merchant acct_… [--live] --channel NAME --environment test|live [--credentials FILE|-] [--priority N] [--method TYPE,…]
      [--currency CUR,…]
      Connects an account, once its channel has accepted the credentials. The answer names the address for the channel's callbacks.
      With --method or --currency only these go through it. A sandbox account is opened without credentials.
  list [--merchant acct_…] [--live | --mode test|live]
      Lists accounts in the order in which a payment tries them.
  show --account CHANNEL/ACCOUNT
      Prints one account. No command prints credentials.
  disable --account CHANNEL/ACCOUNT [--method TYPE,…] [--currency CUR,…]
      Switches the account off for new payments, or only these methods and currencies of it. What it carries already goes on.
  enable --account CHANNEL/ACCOUNT [--method TYPE,…] [--currency CUR,…]
      Switches it, or them, on again. Both have effect within seconds.
  priority --account CHANNEL/ACCOUNT --priority N
      Moves the account to this place among the merchant's; 1 is tried first.
  rotate --account CHANNEL/ACCOUNT --credentials FILE|-
      Gives the account new credentials, once its channel has accepted them. Callbacks under the old ones are still taken.
  rotate --account CHANNEL/ACCOUNT --finish
      Ends the old credentials, five minutes after the rotation or later.
  check --account CHANNEL/ACCOUNT
      Tries the stored credentials at the channel. Ends with code 1 unless they are accepted.
  health --account CHANNEL/ACCOUNT
      Prints success rate, latency, last error and the time of the last callback, of the newest 100 payments of the last day.
  callbacks --account CHANNEL/ACCOUNT [--limit N] [--after ID]
      Lists verified callbacks, newest first, each with what it is about and whether the record shows it.
  replay --account CHANNEL/ACCOUNT --callback ID
      Applies a stored callback again. What the record shows already changes nothing.

  --channel      name of the channel, such as stripe, alipay, wechatpay or sandbox
  --environment  test or live: the channel's environment, which is that of the merchant's mode
  --live         the merchant's live mode (default: test mode)
  --credentials  file with the credentials as JSON; - reads standard input
  --method       card, alipay, wechat_pay, paypal
  --stack        name of the stack (default: the one that npm start runs here, else Sluice)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    merchant: { type: 'string' },
    live: { type: 'boolean' },
    mode: { type: 'string' },
    channel: { type: 'string' },
    environment: { type: 'string' },
    credentials: { type: 'string' },
    priority: { type: 'string' },
    method: { type: 'string' },
    currency: { type: 'string' },
    account: { type: 'string' },
    finish: { type: 'boolean' },
    limit: { type: 'string' },
    after: { type: 'string' },
    callback: { type: 'string' },
    stack: { type: 'string' },
  });
  const args = channelArguments(positionals, values);
  if (typeof args === 'string') return commandLine.wrong(USAGE, args);
  const credentials =
    values.credentials === undefined ? {} : { credentials: await readCredentials(values.credentials) };
  const place = placeOf(values.stack);
  console.error(`channel: ${nameOfPlace(place)}`);
  const answer = await operatorOf(place)<{ check?: { kind: string } }>(args.command, { ...args.given, ...credentials });
  console.log(JSON.stringify(answer, undefined, 2));
  return answer.check === undefined || answer.check.kind === 'accepted' ? 0 : 1;
});
