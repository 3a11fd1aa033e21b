/** What an operator's command was refused for, to be shown as it is. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
