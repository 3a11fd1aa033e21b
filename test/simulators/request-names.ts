/** What the channel port calls a request on the sandbox's wire, and which charge, refund or payout it is about. */
interface Requested {
  readonly name: string;
  readonly reference: string;
  readonly operation?: number | undefined;
}

const QUERIES: Readonly<Record<string, string>> = {
  charges: 'queryAttempt',
  refunds: 'queryRefund',
  payouts: 'queryPayout',
};
/** Orders to the bank may be repeated, and lists are about nothing in particular. */
const UNCOUNTED: readonly string[] = ['pay', 'queryPayout', 'listings'];
export const isCounted = (name: string): boolean => !UNCOUNTED.includes(name);

const NEW: Readonly<Record<string, string>> = { charges: 'authorize', refunds: 'refund', payouts: 'pay' };
const FOLLOW_UPS: Readonly<Record<string, string>> = { captures: 'capture', increments: 'increment', voids: 'void' };

/** What the port calls the request. */
export function requestOf(path: string, body: string): Requested {
  const [, , kind = '', named, action = ''] = path.split('/');
  const asked = (): { reference: string; operation: number } => JSON.parse(body) as never;
  if (named === undefined) {
    const name = NEW[kind];
    return name ? { name, reference: asked().reference } : { name: kind, reference: '' };
  }
  if (action === 'answers') return { name: 'answerDispute', reference: named };
  const name = FOLLOW_UPS[action];
  if (name) return { name, reference: named, operation: asked().operation };
  return { name: action === '' ? (QUERIES[kind] ?? kind) : action, reference: named };
}
