/** The tables of queues. */

export const QUEUE_TABLES: readonly string[] = [
  // `due_ms` is the time from which a message may be delivered; null while a consumer works on it.
  `CREATE TABLE messages (
     id INTEGER PRIMARY KEY,
     queue TEXT NOT NULL,
     body TEXT NOT NULL,
     message_group TEXT,
     dedupe TEXT,
     sent_ms INTEGER NOT NULL,
     receives INTEGER NOT NULL,
     first_ms INTEGER,
     due_ms INTEGER
   ) STRICT`,
  // A message that is delivered at once is never in it.
  'CREATE INDEX messages_due ON messages (queue, due_ms, id) WHERE due_ms IS NOT NULL',
  'CREATE INDEX messages_of_group ON messages (queue, message_group, id) WHERE message_group IS NOT NULL',
  // What a FIFO queue has accepted in the last minutes. The id is the message's.
  `CREATE TABLE dedupes (
     id INTEGER PRIMARY KEY,
     queue TEXT NOT NULL,
     message_group TEXT NOT NULL,
     dedupe TEXT NOT NULL,
     until_ms INTEGER NOT NULL,
     UNIQUE (queue, message_group, dedupe)
   ) STRICT`,
];
