/** State machines as tables: the statuses that each status may move to. Any other move is a bug, and the write asserts it. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** Whether `from` may become `to`; a status may always stay. */
export const mayMove = <S extends string>(next: Transitions<S>, from: S, to: S): boolean =>
  from === to || next[from].includes(to);

/**
 * Asserts that an object of this name may move to the status; undefined before its first version.
 * @throws Error
 */
export function assertMove<S extends string>(name: string, next: Transitions<S>, from: S | undefined, to: S): void {
  if (from !== undefined && !mayMove(next, from, to)) throw new Error(`a ${name} cannot move from ${from} to ${to}`);
}
