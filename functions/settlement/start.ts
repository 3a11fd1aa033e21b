/** Starting settlements. The conditional batch, not the execution's name, makes a second one harmless. */
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { SettlementInput } from './step.ts';

/** Starts one; `undefined` when an execution of that name was started before. */
export type StartSettlement = (input: SettlementInput, name: string) => Promise<string | undefined>;

export const settlementStarter =
  (client: SFNClient, stateMachineArn: string): StartSettlement =>
  async (input, name) => {
    try {
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
      );
      return executionArn;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return undefined;
      throw error;
    }
  };

/** The rule's name for a day: started once. A run by hand adds when it was asked for. */
export const executionName = ({ scope, date }: SettlementInput, run?: number): string =>
  `${scope}-${date}${run === undefined ? '' : `-${run}`}`;
