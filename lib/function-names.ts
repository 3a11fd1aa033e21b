/** The functions of `functions.json`: their names, and how long each may take. */
import { Duration } from 'aws-cdk-lib';
import functions from './functions.json' with { type: 'json' };

export type FunctionName = keyof typeof functions;
export const FUNCTION_NAMES = Object.keys(functions) as FunctionName[];

/** What a function may take before it is ended (docs/architecture.md, Time limits). */
export const timeoutOf = (name: FunctionName): Duration => Duration.seconds(functions[name].timeoutSeconds);

export const memoryMbOf = (name: FunctionName): number => functions[name].memoryMb;
