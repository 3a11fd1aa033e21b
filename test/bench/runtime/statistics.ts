/** Figures from samples. */

/** The value that this share (0 to 1) of the samples does not exceed, by nearest rank. Throws without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('percentile: there are no samples');
  return found;
}

/** With so many significant digits as a table needs: 0.42, 4.2, 42, 4,200. */
export function short(value: number): string {
  const digits = value < 1 ? 2 : value < 10 ? 1 : 0;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
