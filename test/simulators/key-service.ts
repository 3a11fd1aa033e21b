/** Stands for KMS in unit tests: wrapped keys open only under the context they were made with, MACs come from a key of its own. */
import { createHmac, randomBytes } from 'node:crypto';
import type { KeyService } from '../../functions/vault/keys.ts';

export interface FakeKeyService extends KeyService {
  /** Names of the calls made, in order. */
  readonly calls: string[];
}

/** KMS outlives whoever calls it: what one instance wrapped, another opens. */
const keys = new Map<string, { readonly plain: Uint8Array; readonly context: string }>();
const macKey = randomBytes(32);

export function fakeKeyService(): FakeKeyService {
  const calls: string[] = [];
  return {
    calls,
    async generate(context) {
      calls.push('generate');
      const plain = randomBytes(32);
      const wrapped = randomBytes(48);
      keys.set(wrapped.toString('hex'), { plain, context: JSON.stringify(context) });
      return { plain, wrapped };
    },
    async unwrap(wrapped, context) {
      calls.push('unwrap');
      const kept = keys.get(Buffer.from(wrapped).toString('hex'));
      if (kept?.context !== JSON.stringify(context)) throw new Error('InvalidCiphertextException');
      return kept.plain;
    },
    async mac(message) {
      calls.push('mac');
      return createHmac('sha256', macKey).update(message).digest();
    },
  };
}
