/** Figures beside their budgets, as `npm run bench` prints them. */

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly budget: string;
  readonly holds: boolean;
}

export const row = (what: string, measured: number, budget: number, digits = 2, unit = ''): Row => ({
  what,
  measured: `${unit}${measured.toFixed(digits)}`,
  budget: `≤ ${unit}${budget}`,
  holds: measured <= budget,
});

export const atLeast = (what: string, measured: number, budget: number, digits = 0): Row => ({
  what,
  measured: measured.toFixed(digits),
  budget: `≥ ${budget}`,
  holds: measured >= budget,
});

export const exactly = (what: string, measured: number, budget: number): Row => ({
  what,
  measured: String(measured),
  budget: `= ${budget}`,
  holds: measured === budget,
});

/** The lines of a table of rows. A budget that is exceeded is BROKEN. */
export function linesOf(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows.map(
    ({ what, measured, budget, holds }) =>
      `${what.padEnd(width)}  ${measured.padStart(9)}  ${budget.padEnd(18)} ${holds ? 'holds' : 'BROKEN'}`,
  );
}
