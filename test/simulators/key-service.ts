/** Stands for KMS in unit tests: wrapped keys open only under the context they were made with, MACs come from a key of its own. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { KeyService } from '../../functions/vault/keys.ts';

export interface FakeKeyService extends KeyService {
  /** Names of the calls made, in order. */
  readonly calls: string[];
}

/** The MAC key, the same in each process. */
const macKey = createHash('sha256').update('the MAC key of tests').digest();

const digestOf = (context: object): Buffer =>
  createHash('sha256').update(JSON.stringify(context)).digest().subarray(0, 16);

export function fakeKeyService(): FakeKeyService {
  const calls: string[] = [];
  return {
    calls,
    async generate(context) {
      calls.push('generate');
      const plain = randomBytes(32);
      // The wrapped key carries the plain one: a stored table opens in another process.
      return { plain, wrapped: Buffer.concat([plain, digestOf(context)]) };
    },
    async unwrap(wrapped, context) {
      calls.push('unwrap');
      const bytes = Buffer.from(wrapped);
      if (!bytes.subarray(32).equals(digestOf(context))) throw new Error('InvalidCiphertextException');
      return bytes.subarray(0, 32);
    },
    async mac(message) {
      calls.push('mac');
      return createHmac('sha256', macKey).update(message).digest();
    },
  };
}
