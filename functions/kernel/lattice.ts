/**
 * Monotone learning (I13): reports of one fact arrive late, twice and in any order, so the known status only moves up. Each status has a rank;
 * a report is news where its rank is above that of the known status. Reports of equal rank repeat or contradict each other: the first one stays.
 */
export interface Lattice<S extends string> {
  /** Whether the reported status is above the known one. */
  readonly isNews: (known: S, reported: S) => boolean;
}

export const lattice = <S extends string>(ranks: Readonly<Record<S, number>>): Lattice<S> => ({
  isNews: (known, reported) => ranks[reported] > ranks[known],
});
