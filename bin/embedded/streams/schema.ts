/** The tables of the stream's consumers. The changes themselves are the table's (table/changes.ts). */

export const STREAM_TABLES: readonly string[] = [
  // The last change that each consumer is done with.
  'CREATE TABLE positions (consumer TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  // Changes that a consumer gave up. They stay for a day, so that it can be given them again.
  'CREATE TABLE given_up (consumer TEXT, seq INTEGER, ms INTEGER NOT NULL, PRIMARY KEY (consumer, seq)) STRICT, WITHOUT ROWID',
];
