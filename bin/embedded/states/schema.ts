/** The table of executions. */

export const STATE_TABLES: readonly string[] = [
  // `position` is where a running execution stands, `moves` how often it has moved, and `dueMs` the time of a wait.
  `CREATE TABLE executions (
     id INTEGER PRIMARY KEY,
     machine TEXT NOT NULL,
     name TEXT NOT NULL,
     input TEXT NOT NULL,
     startedMs INTEGER NOT NULL,
     status TEXT NOT NULL,
     moves INTEGER NOT NULL,
     position TEXT,
     dueMs INTEGER,
     endedMs INTEGER,
     output TEXT,
     error TEXT,
     cause TEXT,
     UNIQUE (machine, name)
   ) STRICT`,
  `CREATE INDEX executionsRunning ON executions (id) WHERE status = 'RUNNING'`,
  'CREATE INDEX executionsEnded ON executions (endedMs) WHERE endedMs IS NOT NULL',
];
