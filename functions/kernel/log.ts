/**
 * One JSON line per event, by powertools. Nothing that identifies a person or a card is a field of a line. Card numbers, API keys, signing
 * secrets, client secrets and Authorization headers that stray into a line are removed, in every text and at every depth.
 */
import { LogFormatter, LogItem, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { REMOVED, withoutSecrets } from './without-secrets.ts';

/** What the product asks of a logger. */
export type Logger = Pick<PowertoolsLogger, 'info' | 'warn' | 'error'>;

type Formatted = Parameters<LogFormatter['formatAttributes']>;

/** The trace stands in warnings and errors alone: each line is paid for, and an ordinary request is found by its ids. */
class LineFormatter extends LogFormatter {
  formatAttributes(
    { logLevel: level, message, timestamp, serviceName, xRayTraceId }: Formatted[0],
    facts: Formatted[1],
  ): LogItem {
    const line = { level, message, timestamp: this.formatTimestamp(timestamp), service: serviceName };
    const attributes = level === 'INFO' ? line : { ...line, xray_trace_id: xRayTraceId };
    return new LogItem({ attributes }).addAttributes(facts);
  }
}

/** The logger of one function, named as in lib/functions.json. */
export const logger = (serviceName: string): Logger =>
  new PowertoolsLogger({
    serviceName,
    logFormatter: new LineFormatter(),
    jsonReplacerFn: (name, value) => safeMember(name, value),
  });

/** Members that hold a secret, whatever it looks like: headers, stored secrets, parameters of a card. */
const SECRET_MEMBER =
  /^(?:cvc|number)$|authorization|cookie|signature|password|secrets?$|(?:secret|api|private)[_-]?keys?$|token$/i;

/** A member of a line as it may be written. Only the members of an error that are for people. Other members may hold whole items of a table, or parsed input. */
export function safeMember(member: string, value: unknown): unknown {
  if (value !== null && value !== undefined && SECRET_MEMBER.test(member)) return REMOVED;
  if (typeof value === 'string') return withoutSecrets(value);
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, ...(cause !== undefined && { cause }) };
  }
  return isPlainObject(value) ? withSafeNames(value) : value;
}

/** The names of members are texts too: a map may have keys or ids for names. */
function withSafeNames(value: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(value);
  if (entries.every(([name]) => withoutSecrets(name) === name)) return value;
  return Object.fromEntries(entries.map(([name, member]) => [withoutSecrets(name), member]));
}

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
