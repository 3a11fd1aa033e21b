/**
 * The store: one SQLite file with everything that a stack keeps. Commits that arrive together share one transaction and one sync of the
 * write-ahead log, and each is acknowledged only after that sync.
 */
import { fstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { writeBackup } from './backup.ts';
import { isFull, StoreFull, StoreStopped } from './errors.ts';
import { Groups, type Outcome, type Work } from './group.ts';
import { openFile, openMemory } from './open.ts';
import type { Database } from './sqlite.ts';

export interface Store {
  /**
   * Runs `work` (synchronous) in the next group of commits, and resolves with its result once the group is on disk. When `work` throws, nothing
   * of it remains, the promise rejects with its error, and the other commits of the group are stored. `work` does nothing but read and write
   * the database: it may run twice. `patient`: a commit of the background, which waits some milliseconds for others to share its sync.
   */
  commit<T>(work: (db: Database) => T, options?: { readonly patient?: boolean }): Promise<T>;
  /** Reads at once. Sees every commit that has run, on disk or not. */
  read<T>(work: (db: Database) => T): T;
  /** Resolves once all that a read has seen so far is on disk: what leaves the process waits for it. */
  synced(): Promise<void>;
  /** Writes a consistent copy to a new file while the store goes on. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

/** The disk's part that a test replaces. */
export interface Disk {
  sync(log: FileHandle): Promise<void>;
}

export interface StoreOptions {
  /** The log's size that is copied into the database. */
  readonly checkpointBytes?: number;
  readonly disk?: Disk;
  /**
   * The disk failed and nothing can be stored any more. The process must end at once, by SIGKILL: an orderly end would copy a log into the
   * database of which the system may have lost a part.
   */
  readonly onStop?: (reason: StoreStopped) => void;
}

const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 2;

/** Opens the store of a directory, or makes it. */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const { db, log } = await openFile(directory);
  return new FileStore(db, log, options);
}

/** A store that ends with the process: a commit runs at once. */
export function memoryStore(): Store {
  return new MemoryStore(openMemory());
}

interface Waiting {
  readonly work: Work;
  readonly isPatient: boolean;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

class FileStore implements Store {
  private readonly db: Database;
  private readonly groups: Groups;
  private readonly log: FileHandle;
  private readonly disk: Disk;
  private readonly checkpointBytes: number;
  private readonly onStop: StoreOptions['onStop'];
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private next: NodeJS.Immediate | undefined;
  /** The sync that is under way. */
  private syncing: Promise<void> | undefined;
  private isBusy = false;
  private stopped: StoreStopped | undefined;
  private closing: Promise<void> | undefined;
  private whenIdle: (() => void) | undefined;
  private largestLog = 0;

  constructor(db: Database, log: FileHandle, options: StoreOptions) {
    this.db = db;
    this.groups = new Groups(db);
    this.log = log;
    this.disk = options.disk ?? { sync: (file) => file.datasync() };
    this.checkpointBytes = options.checkpointBytes ?? CHECKPOINT_BYTES;
    this.onStop = options.onStop;
  }

  commit<T>(work: (db: Database) => T, { patient = false } = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.refusal();
      if (refusal) reject(refusal);
      else {
        this.waiting.push({ work, isPatient: patient, resolve, reject });
        this.schedule();
      }
    });
  }

  read<T>(work: (db: Database) => T): T {
    if (this.stopped) throw this.stopped;
    return work(this.db);
  }

  synced(): Promise<void> {
    return this.stopped ? Promise.reject(this.stopped) : (this.syncing ?? Promise.resolve());
  }

  async backup(file: string): Promise<void> {
    const refusal = this.refusal();
    if (refusal) throw refusal;
    await writeBackup(this.db, file);
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private refusal(): StoreStopped | undefined {
    return this.stopped ?? (this.closing && new StoreStopped('the store is closed'));
  }

  private schedule(): void {
    if (this.isBusy || this.next || this.waiting.length === 0) return;
    if (this.waiting.every(({ isPatient }) => isPatient) && !this.closing) {
      this.timer ??= setTimeout(() => this.runNext(), PATIENCE_MS);
      return;
    }
    // What other callbacks of this turn of the event loop commit is in the group too.
    this.next = setImmediate(() => this.runNext());
  }

  private runNext(): void {
    clearTimeout(this.timer);
    clearImmediate(this.next);
    this.timer = undefined;
    this.next = undefined;
    void this.run();
  }

  private async run(): Promise<void> {
    const group = this.waiting;
    this.waiting = [];
    this.isBusy = true;
    try {
      const { outcomes, wrote } = this.groups.run(group.map(({ work }) => work));
      if (wrote) await this.sync();
      for (const [index, member] of group.entries()) settle(member, outcomes[index]!);
      if (wrote) this.checkpoint();
    } catch (error) {
      const reason = error instanceof StoreFull ? error : this.stop(error);
      for (const member of group) member.reject(reason);
    }
    this.isBusy = false;
    if (this.waiting.length > 0) this.schedule();
    else this.whenIdle?.();
  }

  private async sync(): Promise<void> {
    this.syncing = this.disk.sync(this.log).catch((error: unknown) => {
      throw this.stop(error);
    });
    try {
      await this.syncing;
    } finally {
      this.syncing = undefined;
    }
  }

  /** The disk failed. What is on it is known only after a new start. */
  private stop(error: unknown): StoreStopped {
    if (this.stopped) return this.stopped;
    const reason = error instanceof Error ? error.message : String(error);
    this.stopped = new StoreStopped(
      `the store stopped, because its disk failed (${reason}): start again to read what is stored`,
      {
        cause: error,
      },
    );
    for (const { reject } of this.waiting) reject(this.stopped);
    this.waiting = [];
    this.onStop?.(this.stopped);
    return this.stopped;
  }

  /** Copies the log into the database between two groups, when the log has grown over its limit. SQLite then writes it from its start again. */
  private checkpoint(): void {
    const { size } = fstatSync(this.log.fd);
    if (size <= Math.max(this.checkpointBytes, this.largestLog)) return;
    try {
      this.db.exec(`PRAGMA wal_checkpoint(${size > 2 * this.checkpointBytes ? 'TRUNCATE' : 'PASSIVE'})`);
    } catch (error) {
      // All of it stays in the log, and the next checkpoint finds it there.
      if (!isFull(error)) this.stop(error);
    }
    this.largestLog = fstatSync(this.log.fd).size;
  }

  private async end(): Promise<void> {
    if (this.isBusy || this.waiting.length > 0)
      await new Promise<void>((resolve) => {
        this.whenIdle = resolve;
        if (!this.isBusy) this.runNext();
      });
    await this.log.close();
    // An orderly end would copy the log (see `onStop`).
    if (!this.stopped) this.db.close();
  }
}

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.result as never);
}

class MemoryStore implements Store {
  private readonly db: Database;
  private readonly groups: Groups;

  constructor(db: Database) {
    this.db = db;
    this.groups = new Groups(db);
  }

  async commit<T>(work: (db: Database) => T): Promise<T> {
    const [outcome] = this.groups.run([work]).outcomes;
    if ('error' in outcome!) throw outcome.error;
    return outcome!.result as T;
  }

  read<T>(work: (db: Database) => T): T {
    return work(this.db);
  }

  async synced(): Promise<void> {}

  async backup(file: string): Promise<void> {
    await writeBackup(this.db, file);
  }

  async close(): Promise<void> {
    if (this.db.isOpen) this.db.close();
  }
}
