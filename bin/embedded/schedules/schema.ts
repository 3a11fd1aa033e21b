/** The table of schedules. */

export const SCHEDULE_TABLES: readonly string[] = [
  // When each rule last ran, or when it was first seen.
  'CREATE TABLE schedules (rule TEXT PRIMARY KEY, last_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
];
