/** Times as people type them. */

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `30m`, `12h` or `7d`; undefined for anything else, and for a time of zero. */
export function durationMs(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit ?? ''] ?? 0);
  return ms > 0 ? ms : undefined;
}
