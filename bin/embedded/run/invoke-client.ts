/** Lambda's Invoke between functions of the process: payloads cross as JSON, as on AWS. */
import { InvokeCommand } from '@aws-sdk/client-lambda';

export interface InvokeDeps {
  /** Rejects as the function does. */
  readonly invoke: (physicalName: string, event: unknown) => Promise<unknown>;
  /** Throws where the caller may not call the function. */
  readonly mayInvoke: (physicalName: string) => void;
}

export const invokeSender = ({ invoke, mayInvoke }: InvokeDeps) => ({
  async send(command: object, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}): Promise<object> {
    if (!(command instanceof InvokeCommand)) throw new Error(`Lambda: ${command.constructor.name} is not known here`);
    const { FunctionName: name, Payload: payload } = command.input;
    mayInvoke(name!);
    const event: unknown = payload && JSON.parse(Buffer.from(payload as Uint8Array).toString());
    const answered = invoke(name!, event).then(
      (result) => ({ StatusCode: 200, Payload: encoded(result) }),
      (error: Error) => ({
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: encoded({ errorType: error.name, errorMessage: error.message }),
      }),
    );
    return abortSignal ? Promise.race([answered, aborted(abortSignal)]) : answered;
  },
});

const encoded = (value: unknown): Buffer => Buffer.from(JSON.stringify(value ?? null));

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
