/** The client of Step Functions as functions use it: it starts executions and asks what became of them. Other commands are refused by name. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandInput,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidExecutionInput,
  InvalidName,
  StartExecutionCommand,
  type StartExecutionCommandInput,
  type StartExecutionCommandOutput,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { assertNoOthers } from '../no-others.ts';
import type { MayUse } from '../wiring/access.ts';
import type { Machine } from '../wiring/model-types.ts';
import type { Executions, Refusal } from './executions.ts';

export interface StatesClientOptions {
  readonly executions: Executions;
  readonly machines: readonly Machine[];
  readonly mayUse: MayUse;
}

export class StatesClient {
  private readonly options: StatesClientOptions;

  constructor(options: StatesClientOptions) {
    this.options = options;
  }

  send(command: StartExecutionCommand): Promise<StartExecutionCommandOutput>;
  send(command: DescribeExecutionCommand): Promise<DescribeExecutionCommandOutput>;
  async send(command: object): Promise<StartExecutionCommandOutput | DescribeExecutionCommandOutput> {
    if (command instanceof StartExecutionCommand) return this.start(command.input);
    if (command instanceof DescribeExecutionCommand) return this.describe(command.input);
    throw new Error(`Step Functions: ${command.constructor.name} is not known here`);
  }

  private async start(request: StartExecutionCommandInput): Promise<StartExecutionCommandOutput> {
    const { stateMachineArn, name, input, ...others } = request;
    assertNoOthers('Step Functions', others);
    if (stateMachineArn === undefined || name === undefined || input === undefined)
      throw new Error('Step Functions: StartExecution without a machine, a name or an input is not known here');
    this.options.mayUse('states:StartExecution', stateMachineArn);
    const machine = this.options.machines.find(({ arn }) => arn === stateMachineArn);
    if (!machine) throw new StateMachineDoesNotExist(saying(`there is no state machine ${stateMachineArn}`));
    const started = await this.options.executions.start(machine.arn, name, input);
    if ('refused' in started) throw refusalOf(started.refused, name);
    return { executionArn: executionArn(machine, name), startDate: new Date(started.startedMs), $metadata: {} };
  }

  private async describe(request: DescribeExecutionCommandInput): Promise<DescribeExecutionCommandOutput> {
    const { executionArn: arn = '', ...others } = request;
    assertNoOthers('Step Functions', others);
    this.options.mayUse('states:DescribeExecution', arn);
    const machine = this.options.machines.find((each) => arn.startsWith(executionArn(each, '')));
    const name = machine && arn.slice(executionArn(machine, '').length);
    const execution = machine && (await this.options.executions.find(machine.arn, name!));
    if (!execution) throw new ExecutionDoesNotExist(saying(`there is no execution ${arn}`));
    const { status, input, output, error, cause, startedMs, endedMs } = execution;
    return {
      executionArn: arn,
      stateMachineArn: machine.arn,
      name: execution.name,
      status,
      input,
      startDate: new Date(startedMs),
      ...(endedMs !== null && { stopDate: new Date(endedMs) }),
      ...(output !== null && { output }),
      ...(error !== null && { error }),
      ...(cause !== null && { cause }),
      $metadata: {},
    };
  }
}

/** `arn:…:execution:<machine>:<name>`. */
const executionArn = ({ arn }: Machine, name: string): string =>
  `${arn.replace(':stateMachine:', ':execution:')}:${name}`;

const saying = (message: string) => ({ message, $metadata: {} });

function refusalOf(refused: Refusal, name: string): Error {
  switch (refused) {
    case 'ExecutionAlreadyExists':
      return new ExecutionAlreadyExists(saying(`an execution ${name} was started before`));
    case 'InvalidExecutionInput':
      return new InvalidExecutionInput(saying('the input is no JSON, or is too large'));
    case 'InvalidName':
      return new InvalidName(saying(`${name} is no name of an execution`));
    default:
      return refused satisfies never;
  }
}
