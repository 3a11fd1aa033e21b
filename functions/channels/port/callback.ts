/** How a channel's callbacks prove themselves: one implementation per channel, pure, on the raw bytes. */
import type { VerifiedCallback } from './port.ts';

export interface CallbackVerifier {
  /** Whether the headers could belong to a genuine callback: looked at before any secret is fetched. */
  readonly plausible: (headers: Readonly<Record<string, string | undefined>>, nowMs: number) => boolean;
  /** The callback's facts in the port's terms; undefined when it is forged, too old, or has no fact that the port knows. `secrets` has two members while a secret is being changed. */
  readonly verify: (
    raw: Uint8Array,
    headers: Readonly<Record<string, string | undefined>>,
    secrets: readonly string[],
    nowMs: number,
  ) => VerifiedCallback | undefined;
}
