/**
 * How an aggregate is kept in one attribute: JSON, deflated with a preset dictionary, so that a payment with its attempt, card and
 * reply stays within one write unit (1 KB). Lossless for strings, numbers, booleans, null and bigint.
 *
 * The first byte names the dictionary. A dictionary that was ever deployed is never changed: add a new one and keep the old.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const DICTIONARY_1 = Buffer.from(
  '"metadata":{},"description":"receiptEmail":"statementDescriptor":"statementDescriptorSuffix":"order_id":"customer_id":"invoice":' +
    '"failureReason":"reason":"requested_by_customer""duplicate""fraudulent""refund_requested""refund_failed""capture_failed""cancel_failed"' +
    '"canceledMs":"cancellationReason":"unannounced":true,"confirmationMethod":"manual""canceling""canceled""capturing""created""confirming"' +
    '"requires_payment_method""requires_confirmation""requires_action""processing""requires_capture""payoutMs":"destination":"batch":"holder":' +
    '"decline":{"code":"card_declined","declineCode":"generic_decline","message":"Your card was declined.""insufficient_funds""authentication_required"' +
    '"actionUrl":"returnUrl":"http://127.0.0.1:"offSession":false,"blocked":true,"networkCode":"postalCode":"unchecked","line1":"unchecked""unavailable"' +
    '"testRisk":"elevated""highest""blocked""not_assessed""rule":"review""block""velocity""debit""prepaid""unknown""mastercard""amex""unionpay"' +
    '"kind":"vault","paymentMethod":"pm_"kind":"test","token":"pm_card_visa_chargeDeclined""fundedBy":"pending""available","chargeOrdinal":1,"paymentReference":"' +
    '{"types":["payment_intent.created","charge.succeeded","payment_intent.succeeded","charge.failed","payment_intent.payment_failed","charge.captured",' +
    '"payment_intent.amount_capturable_updated","charge.refunded","refund.created","refund.updated","refund.failed","payout.created","payout.paid","payout.failed"],' +
    '"image":{"scope":"","body":"","version":2,"livemode":false,"status":"succeeded","amount":"\\u00011000","currency":"usd","captureMethod":"automatic_async",' +
    '"confirmationMethod":"automatic","createdMs":179,"committedMs":179,"cause":"outcome","metadata":{},"attempts":[{"ordinal":1,"status":"captured","reference":"",' +
    '"channel":{"channel":"sandbox","account":""},"method":{"id":"pm_","card":{"brand":"visa","last4":"4242","expMonth":12,"expYear":2030,"funding":"credit",' +
    '"country":"US","fingerprint":""},"source":{"kind":"test","token":"pm_card_visa"}},"amount":"\\u00011000","manual":false,"createdMs":179,"risk":{"action":"allow",' +
    '"level":"normal","score":10,"reasons":[]},"checks":{"cvc":"pass"},"authorizationCode":"","settledMs":179}],"operations":0,"capture":{"amount":"\\u00011000",' +
    '"fee":"\\u000159","reserve":"\\u00010","terms":{"feeBps":290,"fixed":"\\u000130","reserveBps":0,"version":1},"capturedMs":179},"refunded":"\\u00010","refundCount":0,' +
    '"reply":{"keyHash":"","requestId":"req_","idempotencyKey":"stripe-node-retry-","kind":"payment","apiVersion":"2026-10-28.endive"},"request":{"id":"req_","idempotencyKey":"stripe-node-retry-"}}',
);
const DICTIONARIES: ReadonlyMap<number, Buffer> = new Map([[1, DICTIONARY_1]]);
const CURRENT = 1;
/** No aggregate of ours is larger; a longer one is a bug or an attack on memory. */
const MAXIMUM_BYTES = 1_000_000;

/**
 * zlib makes and clears its buffers for each call: these are as large as an ordinary aggregate needs, and longer ones take several. The window
 * holds the dictionary and an ordinary aggregate.
 */
const DEFLATE = { level: 9, windowBits: 13, memLevel: 5, chunkSize: 2_048 } as const;
const INFLATE = { chunkSize: 4_096 } as const;

/** Marks a bigint inside JSON; a string of the user's that begins with a mark is escaped with the second. */
const BIGINT = '\u0001';
const ESCAPE = '\u0002';

export function packJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${BIGINT}${member}`;
    if (typeof member === 'string' && (member.startsWith(BIGINT) || member.startsWith(ESCAPE)))
      return `${ESCAPE}${member}`;
    return member;
  });
}

export function unpackJson<T>(text: string): T {
  return unmarked(JSON.parse(text)) as T;
}

/** The parsed value with its marked strings read, in place: a reviver of `JSON.parse` takes six times as long. */
function unmarked(value: unknown): unknown {
  if (typeof value === 'string') {
    if (value.startsWith(BIGINT)) return BigInt(value.slice(1));
    return value.startsWith(ESCAPE) ? value.slice(1) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    // Few members change, and a member of the name `__proto__` is set where it is: it is the value's own.
    const read = unmarked(member);
    if (read !== member) members[name] = read;
  }
  return members;
}

/** `value` in as few bytes as we can; `unpack` gives back an equal value. Throws where that could not read it any more. */
export function pack(value: unknown): Uint8Array {
  const json = Buffer.from(packJson(value));
  if (json.length > MAXIMUM_BYTES) throw new Error(`${json.length} bytes are more than an aggregate may have`);
  const deflated = deflateRawSync(json, { dictionary: DICTIONARIES.get(CURRENT)!, ...DEFLATE });
  return Buffer.concat([Buffer.of(CURRENT), deflated]);
}

/** Bytes of JSON that `unpack` would read of `bytes`. */
export const unpackedBytes = (bytes: Uint8Array): number => inflated(bytes).length;

/** The value that `pack` made `bytes` of. Throws on a dictionary it does not have. */
export const unpack = <T>(bytes: Uint8Array): T => unpackJson<T>(inflated(bytes).toString('utf8'));

function inflated(bytes: Uint8Array): Buffer {
  const dictionary = DICTIONARIES.get(bytes[0] ?? 0);
  if (!dictionary) throw new Error(`packed with dictionary ${bytes[0]}, which this version does not have`);
  return inflateRawSync(bytes.subarray(1), { dictionary, maxOutputLength: MAXIMUM_BYTES, ...INFLATE });
}

/** Whether `value` fits `packed` bytes, and `unpacked` bytes when it is read. What is short needs no packing to tell. */
export function fitsInto(
  value: unknown,
  { packed, unpacked = MAXIMUM_BYTES }: { readonly packed: number; readonly unpacked?: number },
): boolean {
  const bytes = Buffer.byteLength(packJson(value));
  return bytes <= packed || (bytes <= unpacked && pack(value).length <= packed);
}
