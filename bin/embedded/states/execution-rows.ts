/** Executions in the store. Each change names the move that it follows, so that one that comes late changes nothing. */
import { type Database, prepared } from '../store/sqlite.ts';
import type { Effect, Position, Transition } from './machine.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';

export interface Execution {
  readonly id: number;
  readonly machine: string;
  readonly name: string;
  /** As it was given: JSON. */
  readonly input: string;
  readonly startedMs: number;
  readonly status: Status;
  readonly moves: number;
  /** JSON; null before the first move and after the end. */
  readonly position: string | null;
  readonly dueMs: number | null;
  readonly endedMs: number | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
}

export const positionOf = ({ position }: Execution): Position | undefined =>
  position === null ? undefined : (JSON.parse(position) as Position);

export function findExecution(db: Database, machine: string, name: string): Execution | undefined {
  const sql = 'SELECT * FROM executions WHERE machine = ? AND name = ?';
  return prepared(db, sql).get(machine, name) as Execution | undefined;
}

export const runningExecutions = (db: Database): readonly Execution[] =>
  prepared(db, `SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY id`).all() as unknown as Execution[];

export const executionOf = (db: Database, id: number): Execution | undefined =>
  prepared(db, 'SELECT * FROM executions WHERE id = ?').get(id) as Execution | undefined;

/** Adds one before its first move. */
export function insertExecution(db: Database, machine: string, name: string, input: string, startedMs: number): number {
  const sql = `INSERT INTO executions (machine, name, input, startedMs, status, moves) VALUES (?, ?, ?, ?, 'RUNNING', 0)`;
  return Number(prepared(db, sql).run(machine, name, input, startedMs).lastInsertRowid);
}

/** Stores a move. Returns false where the execution has moved or ended meanwhile. */
export function moveExecution(db: Database, { id, moves }: Execution, transition: Transition, nowMs: number): boolean {
  if (transition.end === undefined) {
    const sql = `UPDATE executions SET moves = moves + 1, position = ?, dueMs = ? WHERE id = ? AND moves = ? AND status = 'RUNNING'`;
    const { position, effect } = transition;
    return prepared(db, sql).run(JSON.stringify(position), dueOf(effect, nowMs), id, moves).changes === 1;
  }
  const { end } = transition;
  return end.status === 'SUCCEEDED'
    ? endExecution(db, { id, moves }, { status: end.status, output: JSON.stringify(end.output) }, nowMs)
    : endExecution(db, { id, moves }, end, nowMs);
}

const dueOf = (effect: Effect, nowMs: number): number | null => (effect.kind === 'wait' ? nowMs + effect.ms : null);

export function endExecution(
  db: Database,
  { id, moves }: Pick<Execution, 'id' | 'moves'>,
  end: { readonly status: Status; readonly output?: string; readonly error?: string; readonly cause?: string },
  nowMs: number,
): boolean {
  const sql = `UPDATE executions SET moves = moves + 1, position = NULL, dueMs = NULL, status = ?, output = ?, error = ?, cause = ?, endedMs = ?
    WHERE id = ? AND moves = ? AND status = 'RUNNING'`;
  const { status, output = null, error = null, cause = null } = end;
  return prepared(db, sql).run(status, output, error, cause, nowMs, id, moves).changes === 1;
}

/** Removes executions that ended before, some at a time. */
export function removeEnded(db: Database, beforeMs: number): void {
  const oldest = 'SELECT id FROM executions WHERE endedMs < ? ORDER BY endedMs LIMIT 100';
  prepared(db, `DELETE FROM executions WHERE id IN (${oldest})`).run(beforeMs);
}
