/** A cipher that tests can count and read. */
import type { SecretCipher } from '../../../../functions/channels/port/credentials.ts';

/** Stands for KMS: opens only under the context that sealed, and counts how often it is asked. */
export function fakeCipher(): SecretCipher & { opened: number } {
  const text = (context: object) => JSON.stringify(context);
  return {
    opened: 0,
    encrypt: async (plain, context) => Buffer.from(`${text(context)}\n${Buffer.from(plain).toString('hex')}`),
    async decrypt(sealed, context) {
      this.opened++;
      const [sealedContext, plain] = Buffer.from(sealed).toString().split('\n');
      if (sealedContext !== text(context)) throw new Error('InvalidCiphertextException');
      return Buffer.from(plain!, 'hex');
    },
  };
}
