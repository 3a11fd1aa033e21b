/**
 * What the product uses of AWS's clients, for the embedded bundle (bundle.ts): classes that carry an input and errors that have a name. The adapters
 * behind `on.client` do the work. A command or an error that is not in this folder fails the build, so nothing is missing silently.
 */

export class Client {}

export class Command<Input> {
  readonly input: Input;

  constructor(input: Input) {
    this.input = input;
  }
}

export class ServiceException extends Error {
  readonly $metadata: object;

  constructor({ message, $metadata = {} }: { readonly message: string; readonly $metadata?: object }) {
    super(message);
    this.$metadata = $metadata;
    this.name = new.target.name;
  }
}
