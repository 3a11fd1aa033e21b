/** Of @aws-sdk/client-lambda. */
import { Client, Command } from './parts.ts';

export class LambdaClient extends Client {}
export class InvokeCommand extends Command<object> {}
