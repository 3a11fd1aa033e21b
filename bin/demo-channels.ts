/** `npm run demo:channels`: a payment through each channel against its simulator on this machine, and what an operator does. */
import { demoChannels } from '../test/demo/channels.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';

const USAGE = `Usage: npm run demo:channels

Starts simulators of Stripe, Alipay and WeChat Pay, and a stack of its own with data of its own, which are gone at the end. Takes a payment through each,
and shows what each was asked and answered, how an unknown outcome is recovered, a switch, statements, and a payout file.`;

await runProgram(async () => {
  commandLine.nothing(USAGE);
  await demoChannels((line) => console.log(line));
  return 0;
});
