/** The operations of the function that serves payouts. */
import { payoutOperations } from '../payouts/operations.ts';
import { retrieveReport } from '../settlement/report-operation.ts';

export const settlementOperations = [...payoutOperations, retrieveReport] as const;
