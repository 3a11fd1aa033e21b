/**
 * The vault's program, with a line in a file for each message between it and the main process. `WATCHED_VAULT` is the address of the program, and
 * `WATCHED_LINES` the file. The line of a message is there before the message is read or sent.
 */
import { appendFileSync } from 'node:fs';

const { WATCHED_VAULT, WATCHED_LINES } = process.env;

const note = (way, message) => {
  const what =
    'ask' in message
      ? `asks ${message.ask} ${message.name} ${message.given.slice(0, 2).join(' ')}`
      : `answers ${message.answer}`;
  appendFileSync(WATCHED_LINES, `${way} ${what}\n`);
};

const emit = process.emit.bind(process);
process.emit = (event, ...given) => {
  if (event === 'message') note('main', given[0]);
  return emit(event, ...given);
};
const send = process.send.bind(process);
process.send = (message, ...given) => {
  note('vault', message);
  return send(message, ...given);
};

await import(WATCHED_VAULT);
