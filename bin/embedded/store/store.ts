/**
 * The store: one SQLite file with everything that a stack keeps. Commits that arrive together share one transaction, and are on disk after the
 * next sync of the write-ahead log. Commits do not wait for it: whatever leaves the process does.
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
   * Runs `work` (synchronous) in the next group of commits, and resolves with its result once the group is written. Every read sees it from then
   * on, but a failure of the machine may take it back until `synced` has resolved. Groups keep their order over such a failure: it leaves no gap
   * among them. When `work` throws, nothing of it remains, the promise rejects with its error, and the other commits of the group are stored. `work`
   * does nothing but read and write the database: it may run twice. `patient`: a commit of the background, which waits some milliseconds for
   * others to share its transaction.
   */
  commit<T>(work: (db: Database) => T, options?: { readonly patient?: boolean }): Promise<T>;
  /** Reads at once. Sees every commit that has run, on disk or not. */
  read<T>(work: (db: Database) => T): T;
  /**
   * Resolves once all that was committed so far is on disk. Whatever leaves the process waits for it: a response, a request to another process, a
   * file, a line on the terminal. Rejects with `StoreStopped` where the disk failed: nothing may leave then.
   */
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
  /** The disk is full and commits are refused. Called at the first one, and not again for ten minutes. */
  readonly onFull?: (reason: StoreFull) => void;
}

const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 2;
const FULL_NOTICE_MS = 600_000;
/** Commits that nothing waits for are on disk so much later. */
const LINGER_MS = 20;

/** Opens the store of a directory, or makes it. */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const { db, log } = await openFile(directory);
  return new FileStore(db, log, options);
}

/** A store that ends with the process, by default an empty one: a commit runs at once. */
export function memoryStore(db = openMemory()): Store {
  return new MemoryStore(db);
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
  private readonly onFull: StoreOptions['onFull'];
  /** When the next full disk is worth a notice. */
  private noticeFullMs = 0;
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private next: NodeJS.Immediate | undefined;
  /** Groups that were written, and how many of them are on disk. */
  private written = 0;
  private durable = 0;
  private syncing: Promise<void> | undefined;
  private linger: NodeJS.Timeout | undefined;
  /** No group is written now: the log is copied once it is on disk. */
  private isHeld = false;
  private stopped: StoreStopped | undefined;
  private closing: Promise<void> | undefined;
  private largestLog = 0;

  constructor(db: Database, log: FileHandle, options: StoreOptions) {
    this.db = db;
    this.groups = new Groups(db);
    this.log = log;
    this.disk = options.disk ?? { sync: (file) => file.datasync() };
    this.checkpointBytes = options.checkpointBytes ?? CHECKPOINT_BYTES;
    this.onStop = options.onStop;
    this.onFull = options.onFull;
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

  async synced(): Promise<void> {
    const last = this.written;
    while (this.durable < last && !this.stopped) {
      // A sync that has begun may have passed over what was written since.
      this.syncing ??= this.sync();
      await this.syncing;
    }
    if (this.stopped) throw this.stopped;
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
    if (this.next || this.isHeld || this.waiting.length === 0) return;
    if (this.waiting.every(({ isPatient }) => isPatient)) {
      this.timer ??= setTimeout(() => this.run(), PATIENCE_MS);
      return;
    }
    // What other callbacks of this turn of the event loop commit is in the group too.
    this.next = setImmediate(() => this.run());
  }

  private run(): void {
    clearTimeout(this.timer);
    clearImmediate(this.next);
    this.timer = undefined;
    this.next = undefined;
    if (this.isHeld || this.stopped) return;
    const group = this.waiting;
    this.waiting = [];
    try {
      const { outcomes, wrote } = this.groups.run(group.map(({ work }) => work));
      if (wrote) {
        this.written += 1;
        this.linger ??= setTimeout(() => void this.synced().catch(() => {}), LINGER_MS);
      }
      for (const [index, member] of group.entries()) settle(member, outcomes[index]!);
    } catch (error) {
      const reason = error instanceof StoreFull ? this.full(error) : this.stop(error);
      for (const member of group) member.reject(reason);
    }
  }

  private full(reason: StoreFull): StoreFull {
    const nowMs = performance.now();
    if (nowMs >= this.noticeFullMs) {
      this.noticeFullMs = nowMs + FULL_NOTICE_MS;
      this.onFull?.(reason);
    }
    return reason;
  }

  /** Makes the groups that are written now durable. Does not reject: where it fails, the store stops. */
  private async sync(): Promise<void> {
    try {
      await this.syncWritten();
      if (this.hasLongLog()) {
        // A checkpoint syncs what the log has got meanwhile, and the event loop would wait for that.
        this.isHeld = true;
        if (this.durable < this.written) await this.syncWritten();
        this.checkpoint();
      }
    } catch (error) {
      this.stop(error);
    }
    this.isHeld = false;
    this.syncing = undefined;
    this.schedule();
  }

  private async syncWritten(): Promise<void> {
    const last = this.written;
    clearTimeout(this.linger);
    this.linger = undefined;
    await this.disk.sync(this.log);
    this.durable = last;
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
    clearTimeout(this.linger);
    this.onStop?.(this.stopped);
    return this.stopped;
  }

  private hasLongLog(): boolean {
    return fstatSync(this.log.fd).size > Math.max(this.checkpointBytes, this.largestLog);
  }

  /** Copies the log into the database between two groups. SQLite then writes it from its start again. */
  private checkpoint(): void {
    const { size } = fstatSync(this.log.fd);
    try {
      this.db.exec(`PRAGMA wal_checkpoint(${size > 2 * this.checkpointBytes ? 'TRUNCATE' : 'PASSIVE'})`);
    } catch (error) {
      // All of it stays in the log, and the next checkpoint finds it there.
      if (!isFull(error)) throw error;
    }
    this.largestLog = fstatSync(this.log.fd).size;
  }

  private async end(): Promise<void> {
    await this.syncing;
    if (this.waiting.length > 0) this.run();
    // Where the disk fails now, those that waited for it know.
    await this.synced().catch(() => {});
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
