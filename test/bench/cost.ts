/**
 * The price of a million payments and of an idle month, from list prices and counts: arithmetic whose inputs are printed, not a bill.
 * Prices: us-east-1, on demand, without free tiers (aws.amazon.com pricing pages, 2026).
 */
export const PRICES = {
  httpApiPerMillion: 1.0,
  lambdaPerMillionRequests: 0.2,
  lambdaPerGbSecondArm: 0.0000133334,
  writePerMillion: 0.625,
  readPerMillion: 0.125,
  sqsPerMillion: 0.4,
  sqsFifoPerMillion: 0.5,
  kmsMacPerMillion: 3.0,
  logsPerGb: 0.5,
  statesPerMillion: 25,
  keyMonth: 1.0,
  alarmMonth: 0.1,
} as const;

export interface Shape {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Milliseconds that the API function waits and works, synchronous outcome. */
  readonly confirmMs: number;
  readonly apiMemoryGb: number;
  /** Stream and delivery work per payment, in milliseconds, with batches of `batch` records. */
  readonly streamMs: number;
  readonly batch: number;
  readonly deliveries: number;
  readonly deliveryMs: number;
  readonly logBytes: number;
}

const lambda = (invocations: number, ms: number, gb: number): number =>
  invocations * PRICES.lambdaPerMillionRequests + invocations * 1_000 * ms * gb * PRICES.lambdaPerGbSecondArm;
const logs = (bytes: number): number => (bytes / 1_000) * PRICES.logsPerGb;

/** Dollars per line for a million payments of this shape. */
export function perMillion(shape: Shape): Readonly<Record<string, number>> {
  return {
    'HTTP API': PRICES.httpApiPerMillion,
    'confirm function': lambda(1, shape.confirmMs, shape.apiMemoryGb),
    'DynamoDB writes': shape.writeUnits * PRICES.writePerMillion,
    'DynamoDB reads': shape.readUnits * PRICES.readPerMillion,
    // Two consumers, two records a payment.
    'stream functions': lambda((2 * 2) / shape.batch, shape.streamMs * shape.batch, 0.25),
    'delivery function': lambda(shape.deliveries / 10, shape.deliveryMs, 0.25),
    SQS:
      ((3 * shape.deliveries) / 10 + 3 / shape.batch) * PRICES.sqsPerMillion + shape.deliveries * PRICES.sqsPerMillion,
    logs: logs(shape.logBytes),
    'state machine': 0.03,
  };
}

/** What is added to a payment: units from counts, milliseconds and bytes as in the shape of a payment. */
export interface ExtraShape {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly ms: number;
  readonly logBytes: number;
}

const units = ({ writeUnits, readUnits }: ExtraShape): Readonly<Record<string, number>> => ({
  'DynamoDB writes': writeUnits * PRICES.writePerMillion,
  'DynamoDB reads': readUnits * PRICES.readPerMillion,
});

/** A callback without news: received over HTTP, sent through the FIFO queue, taken off it in batches. */
export const callbackPerMillion = (
  shape: ExtraShape & { readonly batch: number; readonly consumerMs: number },
): Readonly<Record<string, number>> => ({
  'HTTP API': PRICES.httpApiPerMillion,
  'receiving function': lambda(1, shape.ms, 0.25),
  // One send each; receiving and deleting are one request per batch.
  'SQS FIFO': (1 + 2 / shape.batch) * PRICES.sqsFifoPerMillion,
  consumer: lambda(1 / shape.batch, shape.consumerMs * shape.batch, 0.25),
  ...units(shape),
  logs: logs(shape.logBytes),
});

/** The vault function waits for the channel beside the one that called it. */
export const vaultHopPerMillion = (shape: ExtraShape): Readonly<Record<string, number>> => ({
  'vault function': lambda(1, shape.ms, 0.128),
  ...units(shape),
  logs: logs(shape.logBytes),
});

/** A card that is typed in: one request, one MAC; data keys are cached. */
export const newCardPerMillion = (shape: ExtraShape): Readonly<Record<string, number>> => ({
  'HTTP API': PRICES.httpApiPerMillion,
  'vault function': lambda(1, shape.ms, 0.25),
  'KMS MAC': PRICES.kmsMacPerMillion,
  ...units(shape),
  logs: logs(shape.logBytes),
});

export interface Idle {
  readonly keys: number;
  readonly alarms: number;
  readonly polledQueues: number;
  readonly rulesPerMinute: number;
}

/** Dollars per line for a month without a payment. A polled queue costs Lambda's long polls: five pollers, 20 s each. */
export function idleMonth(idle: Idle): Readonly<Record<string, number>> {
  const seconds = 30 * 24 * 3600;
  const polls = (seconds / 20) * 5;
  return {
    'KMS keys': idle.keys * PRICES.keyMonth,
    alarms: idle.alarms * PRICES.alarmMonth,
    'queue polls': (idle.polledQueues * polls * PRICES.sqsPerMillion) / 1e6,
    'rules and their functions':
      (idle.rulesPerMinute *
        seconds *
        (PRICES.lambdaPerMillionRequests + 2 * PRICES.readPerMillion + PRICES.writePerMillion)) /
      60 /
      1e6,
  };
}

export const total = (lines: Readonly<Record<string, number>>): number =>
  Object.values(lines).reduce((sum, line) => sum + line, 0);
