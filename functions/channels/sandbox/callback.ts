/** Callbacks of the sandbox, verified on their raw bytes: `Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. Pure. */
import * as z from 'zod/mini';
import { internalError } from '../../api/errors.ts';
import { type ChannelReference, parseChannelReference, parsePayoutReference } from '../../kernel/ids.ts';
import type { CallbackAnswer, CallbackHeaders, Callbacks, CallbackVerdict } from '../port/callback.ts';
import type { CallbackFact, VerifiedCallback } from '../port/port.ts';
import { isSigned, signatureOf } from '../port/signature.ts';
import { payoutIn } from './bank.ts';
import { type SandboxMaterial, sandboxMaterial } from './credentials.ts';
import {
  attemptOutcome,
  disputeFacts,
  operationFacts,
  operationOutcome,
  readCharge,
  readDispute,
  readOperation,
  readRefund,
  refundOutcome,
} from './wire.ts';

const HEADER = 'sandbox-signature';

export const sandboxCallbacks: Callbacks<SandboxMaterial> = {
  material: sandboxMaterial,
  plausible: (headers, nowMs) => signatureOf(headers[HEADER], nowMs) !== undefined,
  async verify(raw, headers, { callbackSecrets }, nowMs) {
    const verified = verifiedCallback(raw, headers, callbackSecrets, nowMs);
    return verified ? { kind: 'verified', ...verified } : { kind: 'refused' };
  },
  acknowledge: (verdict) => ANSWERS[verdict],
};

/** The callback, or undefined when it is forged, too old, or has a part that the port does not know. */
export function verifiedCallback(
  raw: Uint8Array,
  headers: CallbackHeaders,
  secrets: readonly string[],
  nowMs: number,
): VerifiedCallback | undefined {
  const signature = signatureOf(headers[HEADER], nowMs);
  return signature && isSigned(raw, signature, secrets) ? readCallback(raw) : undefined;
}

const answer = (status: number, body: object): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refusal = (status: number, type: string, message: string): CallbackAnswer =>
  answer(status, { error: { type, message } });

/** The sandbox takes any 2xx for an acknowledgement, and sends again after anything else. */
const ANSWERS: Readonly<Record<CallbackVerdict, CallbackAnswer>> = {
  taken: answer(200, { received: true }),
  refused: refusal(400, 'invalid_request_error', 'The callback could not be verified.'),
  too_large: refusal(413, 'invalid_request_error', 'The callback is larger than 64 KiB.'),
  send_again: refusal(503, 'api_error', 'The callback could not be taken. Please send it again.'),
  failed: answer(500, { error: internalError().body }),
};

const envelope = z.object({
  id: z.string().check(z.regex(/^[0-9A-Za-z._-]{1,120}$/)),
  type: z.string(),
  data: z.unknown(),
});
const operationData = z.object({ reference: z.string(), operation: z.unknown() });

function readCallback(raw: Uint8Array): VerifiedCallback | undefined {
  const parsed = z.safeParse(envelope, parseJson(raw));
  if (!parsed.success) return undefined;
  const { id, type, data } = parsed.data;
  const [first, ...more] = type === 'batch' ? factsOf(data) : [factOf(type, data)];
  // A part that cannot be read leaves the whole callback to be sent again, and to the query.
  if (!first || more.includes(undefined)) return undefined;
  return { dedupe: id, facts: [first, ...more.filter((fact) => fact !== undefined)] };
}

const batch = z.array(z.object({ type: z.string(), data: z.unknown() })).check(z.maxLength(20));

function factsOf(data: unknown): readonly (CallbackFact | undefined)[] {
  const parsed = z.safeParse(batch, data);
  return parsed.success ? parsed.data.map((part) => factOf(part.type, part.data)) : [];
}

function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return undefined;
  }
}

function factOf(type: string, data: unknown): CallbackFact | undefined {
  if (type === 'charge') {
    const charge = readCharge(data);
    const reference = charge && referenceOf(charge.reference);
    return reference && { about: 'attempt', reference, outcome: attemptOutcome(charge) };
  }
  if (type === 'refund') {
    const refund = readRefund(data);
    const reference = refund && referenceOf(refund.reference);
    return reference && { about: 'refund', reference, outcome: refundOutcome(refund) };
  }
  if (type === 'dispute') {
    const dispute = readDispute(data);
    const reference = dispute && referenceOf(dispute.reference);
    return (
      reference && { about: 'dispute', reference, dispute: disputeFacts(dispute), outcome: { kind: dispute.state } }
    );
  }
  if (type === 'payout') {
    const payout = payoutIn(data);
    return payout && parsePayoutReference(payout.reference) && { about: 'payout', ...payout };
  }
  return type === 'operation' ? operationFact(data) : undefined;
}

function operationFact(data: unknown): CallbackFact | undefined {
  const parsed = z.safeParse(operationData, data);
  const reference = parsed.success ? referenceOf(parsed.data.reference) : undefined;
  const operation = parsed.success ? readOperation(parsed.data.operation) : undefined;
  return (
    reference &&
    operation && {
      about: 'operation',
      reference,
      operation: operation.number,
      outcome: operationOutcome(operation),
      facts: operationFacts(operation),
    }
  );
}

const referenceOf = (text: string): ChannelReference | undefined =>
  parseChannelReference(text) ? (text as ChannelReference) : undefined;
