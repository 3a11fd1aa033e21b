/** Where time and chance come from: injected, so that a test's seed decides both. */
import { randomBytes } from 'node:crypto';
import { BASE62, type RandomText } from './ids.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Resolves after `ms`; a test's clock moves instead. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Whole seconds since 1970, as in Stripe's timestamps. */
export const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Base62 from the operating system's generator, without modulo bias. */
export const systemRandom: RandomText = (count) => {
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count * 2)) {
      if (byte < 248 && text.length < count) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
};
