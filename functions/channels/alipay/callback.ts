/**
 * Callbacks of Alipay: a form whose signature covers every value as it was decoded, without `sign` and `sign_type`. Alipay signs no time that could be
 * compared with ours, and sends a message again for 25 hours, so age refuses nothing: the dedupe key and the state of the payment do. Pure.
 */
import { createHash } from 'node:crypto';
import type { CallbackAnswer, Callbacks, CallbackVerdict, Verification } from '../port/callback.ts';
import { handlesIn } from '../port/handles.ts';
import type { CallbackFact } from '../port/port.ts';
import { readAs } from '../port/reader.ts';
import { type AlipayMaterial, alipayMaterial, keysNamed, verifyingKeys } from './credentials.ts';
import { type FormFields, readForm } from './form.ts';
import { captureOutcome, freezeOutcome, tradeOutcome } from './map.ts';
import { isSigned } from './signature.ts';
import { hold, ours, trade } from './wire.ts';

const FORM = /^application\/x-www-form-urlencoded\b/i;
const isForm = (type: string | undefined): boolean => type !== undefined && type.length < 200 && FORM.test(type);

export const alipayCallbacks: Callbacks<AlipayMaterial> = {
  material: alipayMaterial,
  plausible: (headers) => isForm(headers['content-type']),
  async verify(raw, headers, material) {
    return isForm(headers['content-type']) ? verified(raw, material) : REFUSED;
  },
  acknowledge: (verdict) => ANSWERS[verdict],
};

const answer = (status: number, body: string): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
});

/** Alipay reads the body: anything but these seven characters makes it send again. */
const ANSWERS: Readonly<Record<CallbackVerdict, CallbackAnswer>> = {
  taken: answer(200, 'success'),
  refused: answer(400, 'fail'),
  too_large: answer(413, 'fail'),
  send_again: answer(503, 'fail'),
  failed: answer(500, 'fail'),
};

const REFUSED: Verification = { kind: 'refused' };

function verified(raw: Uint8Array, material: AlipayMaterial): Verification {
  const form = readForm(raw);
  const signature = form?.fields.sign;
  if (!form || signature === undefined || form.fields.sign_type !== 'RSA2') return REFUSED;
  const keys = keysNamed(verifyingKeys(material), form.fields.alipay_cert_sn);
  if (!keys) return { kind: 'unknown_key' };
  if (!isSigned(form.signedContent(['sign', 'sign_type']), signature, keys)) return REFUSED;
  return isAbout(form.fields, material) ? callbackOf(form.fields) : REFUSED;
}

/** It is about this application and this merchant, in the one currency that is offered. */
const isAbout = (
  { app_id: app, seller_id: seller, trans_currency: currency = 'CNY' }: FormFields,
  { appId, sellerId }: AlipayMaterial,
): boolean =>
  app === appId && (seller === undefined || sellerId === undefined || seller === sellerId) && currency === 'CNY';

/** What the message says: facts, nothing that changes an object of ours (noted), or what cannot be read although it is about one. */
function callbackOf(fields: FormFields): Verification {
  const facts = factsOf(fields);
  if (!facts) return REFUSED;
  const [first, ...more] = facts.filter(isNews);
  return first ? { kind: 'verified', dedupe: dedupeOf(fields), facts: [first, ...more] } : { kind: 'noted' };
}

/** A callback has no address for the payer, who has one already. */
const isNews = ({ about, outcome }: CallbackFact): boolean =>
  about !== 'attempt' || !['requires_action', 'unknown'].includes(outcome.kind);

/** What a message is about. Repeated messages have all of it in common; two refunds of one trade do not, whatever their `notify_id`. */
const ABOUT = [
  'notify_type',
  'trade_no',
  'trade_status',
  'out_biz_no',
  'gmt_refund',
  'refund_fee',
  'auth_no',
  'operation_id',
  'out_request_no',
  'status',
] as const;

function dedupeOf(fields: FormFields): string {
  const id = /^[0-9A-Za-z]{1,80}$/.exec(fields.notify_id ?? '')?.[0] ?? 'none';
  const about = ABOUT.map((name) => fields[name] ?? '').join('\n');
  return `${id}-${createHash('sha256').update(about).digest('hex').slice(0, 24)}`;
}

/** Undefined: it cannot be read. Empty: it is about nothing of ours. */
function factsOf(fields: FormFields): readonly CallbackFact[] | undefined {
  switch (fields.notify_type) {
    case 'trade_status_sync':
      return tradeFacts(fields);
    case 'fund_auth_freeze':
    case 'fund_auth_unfreeze':
    case 'fund_auth_operation_cancel':
      return holdFacts(fields);
    default:
      return [];
  }
}

/** The state of the trade, and the refund that the message reports. One that was not made under a number of ours is no refund of ours. */
function tradeFacts(fields: FormFields): readonly CallbackFact[] | undefined {
  const named = ours(fields.out_trade_no ?? '');
  if (!named) return [];
  const read = readAs(trade, fields);
  if (!read) return undefined;
  const { reference, operation } = named;
  const state: CallbackFact =
    operation === undefined
      ? { about: 'attempt', reference, outcome: tradeOutcome(read) }
      : {
          about: 'operation',
          reference,
          operation,
          outcome: captureOutcome(read),
          facts: { kind: 'capture', amount: read.total_amount },
        };
  const refund = fields.refund_fee === undefined ? undefined : ours(fields.out_biz_no ?? '');
  if (!refund || refund.operation !== undefined) return [state];
  const outcome = { kind: 'succeeded', ...handlesIn({ trade_no: read.trade_no }) } as const;
  return [state, { about: 'refund', reference: refund.reference, outcome }];
}

/** The freezing of an order, or the release that a number of ours asked for. Alipay releases the rest after a capture by itself, which is no news. */
function holdFacts(fields: FormFields): readonly CallbackFact[] | undefined {
  const order = ours(fields.out_order_no ?? '');
  if (!order || order.operation !== undefined) return [];
  const read = readAs(hold, fields);
  if (!read) return undefined;
  const { reference } = order;
  const request = ours(read.out_request_no);
  const isFreezing = fields.notify_type === 'fund_auth_freeze' && request?.reference === reference;
  if (isFreezing && request.operation === undefined)
    return [{ about: 'attempt', reference, outcome: freezeOutcome(read) }];
  if (request?.reference === reference && request.operation !== undefined && read.status === 'SUCCESS')
    return [
      {
        about: 'operation',
        reference,
        operation: request.operation,
        outcome: { kind: 'succeeded' },
        facts: { kind: 'void' },
      },
    ];
  return [];
}
