/**
 * List prices of us-east-1, on demand, in dollars, without free tiers and volume discounts. Read in November 2026 on the page that each
 * names. They are the only numbers of the model that come from AWS.
 */
interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
}

const price = (dollars: number, per: string, page: string): Price => ({
  dollars,
  per,
  source: `https://aws.amazon.com/${page}/pricing/`,
});

export const PRICES = {
  httpApi: price(1, 'million requests', 'api-gateway'),
  restApi: price(3.5, 'million requests', 'api-gateway'),
  webAcl: price(5, 'web ACL and month', 'waf'),
  webAclRule: price(1, 'rule and month', 'waf'),
  webAclRequests: price(0.6, 'million requests', 'waf'),
  lambdaRequests: price(0.2, 'million invocations', 'lambda'),
  lambdaGbSecond: price(0.0000133334, 'GB-second on arm64', 'lambda'),
  write: price(0.625, 'million write request units', 'dynamodb'),
  read: price(0.125, 'million read request units', 'dynamodb'),
  tableStorage: price(0.25, 'GB and month', 'dynamodb'),
  recovery: price(0.2, 'GB and month of point-in-time recovery', 'dynamodb'),
  backup: price(0.1, 'GB and month of DynamoDB warm backup', 'backup'),
  sqs: price(0.4, 'million requests, standard queue', 'sqs'),
  sqsFifo: price(0.5, 'million requests, FIFO queue', 'sqs'),
  kms: price(3, 'million requests, symmetric or HMAC', 'kms'),
  key: price(1, 'key and month; the first and the second rotation add as much each', 'kms'),
  alarm: price(0.1, 'standard-resolution alarm metric and month', 'cloudwatch'),
  compositeAlarm: price(0.5, 'composite alarm and month', 'cloudwatch'),
  dashboard: price(3, 'dashboard and month', 'cloudwatch'),
  logs: price(0.5, 'GB ingested', 'cloudwatch'),
  logsSeldom: price(0.25, 'GB ingested, log class Infrequent Access', 'cloudwatch'),
  logStorage: price(0.03, 'GB and month', 'cloudwatch'),
  transitions: price(25, 'million state transitions, Standard', 'step-functions'),
  dataOut: price(0.09, 'GB to the internet', 'ec2/on-demand'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

export const dollars = (name: PriceName): number => PRICES[name].dollars;
