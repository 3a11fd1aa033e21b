/** The order of every list: by id, newest first. Two ids of one millisecond are in an order of their own, not in that of their creation. */
export const newestFirst = (ids: readonly string[]): readonly string[] => ids.toSorted().reverse();
