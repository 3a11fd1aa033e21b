/**
 * Callbacks of WeChat Pay: signed with a platform certificate or the public key over the raw bytes, within 300 seconds, and encrypted under the APIv3 key. Pure.
 * @see https://pay.weixin.qq.com/doc/v3/merchant/4012071382
 */
import * as z from 'zod/mini';
import type { CallbackAnswer, Callbacks, CallbackVerdict, Verification } from '../port/callback.ts';
import type { CallbackFact } from '../port/port.ts';
import { hasApp, type WechatpayMaterial, wechatpayMaterial } from './credentials.ts';
import { outcomeOf, readTransaction, referenceIn, refundOutcome } from './map.ts';
import { decrypted, encrypted, keysOf, signatureIn, verified } from './signature.ts';

/** A body cannot be verified that is not whole: the route refuses more. */
const MAXIMUM_BYTES = 64 * 1024;

export const wechatpayCallbacks: Callbacks<WechatpayMaterial> = {
  material: wechatpayMaterial,
  plausible: (headers, nowMs) => signatureIn(headers, nowMs) !== undefined,
  async verify(raw, headers, material, nowMs) {
    if (raw.length === 0 || raw.length > MAXIMUM_BYTES) return { kind: 'refused' };
    switch (verified(raw, headers, keysOf(material.platform), nowMs)) {
      case 'invalid':
        return { kind: 'refused' };
      case 'unknown_key':
        return { kind: 'unknown_key' };
      default:
        return read(raw, material);
    }
  },
  acknowledge: (verdict) => ANSWERS[verdict],
};

const json = (status: number, message: string): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code: 'FAIL', message }),
});

/** Only 200 and 204 acknowledge, within five seconds. After anything else the callback is sent again for a day. */
const ANSWERS: Readonly<Record<CallbackVerdict, CallbackAnswer>> = {
  taken: { status: 204, headers: {}, body: '' },
  refused: json(401, 'The callback could not be verified.'),
  too_large: json(413, 'The callback is larger than 64 KiB.'),
  send_again: json(503, 'The callback could not be taken. Please send it again.'),
  failed: json(500, 'An error occurred. Please send the callback again.'),
};

const notification = z.object({
  event_type: z.string(),
  resource_type: z.literal('encrypt-resource'),
  resource: encrypted,
});

const REFUSED: Verification = { kind: 'refused' };
/** The merchant may have other orders, made without us. */
const NOTED: Verification = { kind: 'noted' };

/** The fact in a verified message. One that was sent to another merchant is refused; one about nothing of ours is acknowledged. */
function read(raw: Uint8Array, material: WechatpayMaterial): Verification {
  const { data } = z.safeParse(notification, parsed(Buffer.from(raw).toString('utf8')));
  const text = data && decrypted(data.resource, material.apiV3Keys);
  if (!data || text === undefined) return REFUSED;
  const content = parsed(text);
  const [kind = '', event = ''] = data.event_type.split('.');
  if (kind === 'TRANSACTION') return payment(content, material);
  return kind === 'REFUND' ? refund(content, event, material) : NOTED;
}

/** One payment has one such event, whatever it is encrypted with when it is sent again. */
function payment(content: unknown, material: WechatpayMaterial): Verification {
  const order = readTransaction(content);
  if (!order || order.mchid !== material.mchid) return REFUSED;
  const reference = referenceIn(order.out_trade_no);
  if (!reference) return NOTED;
  if (order.appid === undefined || !hasApp(material, order.appid)) return REFUSED;
  const outcome = outcomeOf(order);
  if (outcome.kind !== 'captured') return REFUSED;
  return verifiedFact(`TRANSACTION.${order.transaction_id}`, { about: 'attempt', reference, outcome });
}

const refundContent = z.object({
  mchid: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_id: z.string().check(z.minLength(1), z.maxLength(64)),
  refund_status: z.string(),
});

/** A refund has one event of each kind: its number at WeChat Pay keeps two parts of a payment apart. One that a person made in the merchant platform is not ours. */
function refund(content: unknown, event: string, { mchid }: WechatpayMaterial): Verification {
  const { data } = z.safeParse(refundContent, content);
  if (!data || data.mchid !== mchid || data.refund_status !== event) return REFUSED;
  const reference = referenceIn(data.out_refund_no);
  if (!reference) return NOTED;
  const outcome = refundOutcome({ status: data.refund_status, refund_id: data.refund_id });
  if (outcome.kind === 'unknown') return REFUSED;
  return verifiedFact(`REFUND.${event}.${data.refund_id}`, { about: 'refund', reference, outcome });
}

const verifiedFact = (dedupe: string, fact: CallbackFact): Verification => ({
  kind: 'verified',
  dedupe,
  facts: [fact],
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
