/**
 * The janitor: finds what a crash or an unheard answer left open. The fan-out notes open payments and refunds under the minute
 * in which to look (`watch#<minute>`); here each minute is visited once, oldest first, and what stays open is noted for later.
 */
import { type Body, type Scope, timeOf } from '../shared/ids.ts';
import { absent, any, below, Conflict, missing, type Table, type Write } from '../shared/table.ts';
import type { PaymentsDeps } from './deps.ts';
import { resolvePayment, resolveRefund } from './resolve.ts';

export const MINUTE_MS = 60_000;
/** An open payment is looked at again after its age so far, but at least every hour. */
const LONGEST_WAIT_MINUTES = 60;
/** Open longer than this: a person should know. */
const OVERDUE_MS = 3_600_000;
/** Watch items live this long, for a janitor that was down to find them. */
const RETENTION_SECONDS = 7 * 24 * 3600;
/** Minutes visited in one run; the next run goes on from the cursor. */
const MINUTES_PER_RUN = 240;

/** One thing to look at: a payment or a refund of a scope. */
export interface Watched {
  readonly kind: 'p' | 'r';
  readonly scope: Scope;
  readonly body: Body;
}

export const watchedText = ({ kind, scope, body }: Watched): string => `${kind}${scope}${body}`;

export const parseWatched = (text: string): Watched => ({
  kind: text.charAt(0) as Watched['kind'],
  scope: text.slice(1, 9) as Scope,
  body: text.slice(9) as Body,
});

/** Notes `watched` for a look at the end of `minute`; `name` makes noting it twice noting it once. */
export const watchItem = (minute: number, name: string, watched: readonly Watched[]): Write => ({
  kind: 'put',
  table: 'idempotency',
  item: {
    pk: `watch#${minute}`,
    sk: name,
    refs: watched.map(watchedText),
    expiresAt: (minute * MINUTE_MS) / 1000 + RETENTION_SECONDS,
  },
  when: absent,
});

/** The minute after the one that `ms` is in: nothing is looked at before it has been open for a minute or so. */
export const watchMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) + 1;

export interface JanitorResult {
  readonly looked: number;
  readonly open: number;
  /** Open for more than an hour. */
  readonly overdue: readonly Watched[];
}

const CURSOR = { pk: 'watch', sk: 'cursor' };

/** Visits every minute that is over at `asOfMs`, from the cursor on. Safe to run twice or in parallel: looking changes nothing by itself. */
export async function runJanitor(deps: PaymentsDeps, asOfMs: number): Promise<JanitorResult> {
  const last = Math.floor(asOfMs / MINUTE_MS) - 1;
  const first = await cursor(deps.table, last);
  const total = { looked: 0, open: 0, overdue: [] as Watched[] };
  for (let minute = first; minute <= Math.min(last, first + MINUTES_PER_RUN); minute++) {
    const result = await visit(deps, minute, asOfMs);
    total.looked += result.looked;
    total.open += result.open;
    total.overdue.push(...result.overdue);
    // A look ahead of time (`asOfMs` later than now) leaves the minutes that are not over for when they are.
    if ((minute + 1) * MINUTE_MS <= deps.clock.nowMs()) await advance(deps.table, minute + 1);
  }
  return total;
}

/** The first minute that was not visited yet; where none ever was, as far back as watch items live. */
async function cursor(table: Table, last: number): Promise<number> {
  const item = await table.get('idempotency', CURSOR);
  return item ? Number(item.minute) : last - MINUTES_PER_RUN;
}

async function advance(table: Table, minute: number): Promise<void> {
  try {
    await table.commit({
      kind: 'update',
      table: 'idempotency',
      key: CURSOR,
      set: { minute },
      when: any(missing('minute'), below('minute', minute)),
    });
  } catch (error) {
    // Another run was further already.
    if (!(error instanceof Conflict)) throw error;
  }
}

async function visit(deps: PaymentsDeps, minute: number, asOfMs: number): Promise<JanitorResult> {
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const page = await deps.table.query('idempotency', {
      pk: `watch#${minute}`,
      ...(after !== undefined && { after }),
    });
    for (const item of page.items) for (const text of item.refs as readonly string[]) seen.add(text);
    after = page.after;
  } while (after !== undefined);
  const open: Watched[] = [];
  for (const text of seen) if (await stillOpen(deps, parseWatched(text), asOfMs)) open.push(parseWatched(text));
  await noteAgain(deps.table, open, minute, asOfMs);
  return {
    looked: seen.size,
    open: open.length,
    overdue: open.filter((watched) => ageMs(watched, asOfMs) > OVERDUE_MS),
  };
}

const stillOpen = (deps: PaymentsDeps, watched: Watched, asOfMs: number): Promise<boolean> =>
  (watched.kind === 'p' ? resolvePayment : resolveRefund)(deps, watched.scope, watched.body, asOfMs);

/** What is still open is looked at again after as long as it has been open, at most an hour. */
async function noteAgain(table: Table, open: readonly Watched[], minute: number, asOfMs: number): Promise<void> {
  for (const watched of open) {
    const wait = Math.min(LONGEST_WAIT_MINUTES, Math.max(1, Math.floor(ageMs(watched, asOfMs) / MINUTE_MS)));
    await table
      .commit(watchItem(watchMinute(asOfMs) + wait - 1, `${minute}#${watchedText(watched)}`, [watched]))
      .catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error;
      });
  }
}

/** A payment confirmed long after it was made is older than its attempt: looked at sooner than needed, never later than an hour. */
const ageMs = (watched: Watched, asOfMs: number): number => asOfMs - timeOf(watched.body);
