/** Of @aws-sdk/client-sfn. */
import { Client, Command, ServiceException } from './parts.ts';

export class SFNClient extends Client {}
export class StartExecutionCommand extends Command<object> {}
export class DescribeExecutionCommand extends Command<object> {}
export class ExecutionAlreadyExists extends ServiceException {}
export class ExecutionDoesNotExist extends ServiceException {}
export class InvalidExecutionInput extends ServiceException {}
export class InvalidName extends ServiceException {}
export class StateMachineDoesNotExist extends ServiceException {}
