/** Signing secrets in memory for minutes: KMS charges $3 for a million openings, as much as five write units cost. */
import type { SecretCipher } from '../channels/port/credentials.ts';
import type { Clock } from '../kernel/clock.ts';

/** A key that was disabled stops signing within this time, in every container. */
export const OPENED_MS = 5 * 60_000;
/** More secrets than one container works with at a time. */
const OPENED = 500;

/**
 * Opens each encrypted secret at most once per five minutes and container. A rolled secret is another ciphertext, so it is opened at once.
 * An opening that failed is not remembered.
 */
export function cachedSecrets(cipher: Pick<SecretCipher, 'decrypt'>, clock: Clock): Pick<SecretCipher, 'decrypt'> {
  const opened = new Map<string, { readonly plain: Promise<Uint8Array>; readonly untilMs: number }>();
  return {
    decrypt(encrypted, context) {
      const name = JSON.stringify([Buffer.from(encrypted).toString('base64'), context]);
      const nowMs = clock.nowMs();
      const known = opened.get(name);
      if (known && known.untilMs > nowMs) return known.plain;
      if (opened.size >= OPENED) opened.clear();
      const plain = cipher.decrypt(encrypted, context);
      opened.set(name, { plain, untilMs: nowMs + OPENED_MS });
      plain.catch(() => opened.delete(name));
      return plain;
    },
  };
}
