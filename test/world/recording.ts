/** Keeps what the API answers, for test/clients/openapi.test.ts: one line of JSON for each kind of answer, where SLUICE_RECORD names a folder. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

export interface Recorded {
  readonly method: string;
  readonly path: string;
  /** The header Stripe-Version of the response. */
  readonly version: string;
  readonly status: number;
  readonly body: unknown;
}

const folder = process.env.SLUICE_RECORD;
const kept = new Set<string>();

/** Called with the body of each answer of the apps of this process. */
export const answerListeners = new Set<(body: unknown) => void>();

/** Records an answer unless one of the same shape to the same operation is there. */
export function record({ method, path, version, status }: Omit<Recorded, 'body'>, text: string | undefined): void {
  if ((folder === undefined && answerListeners.size === 0) || text === undefined || !text.startsWith('{')) return;
  const body = JSON.parse(text) as unknown;
  for (const listen of answerListeners) listen(body);
  if (folder === undefined) return;
  const kind = JSON.stringify([
    method,
    path.replaceAll(/[a-z]+_[A-Za-z0-9_]{14,}/g, '{}'),
    version,
    status,
    shapeOf(body),
  ]);
  if (kept.has(kind)) return;
  kept.add(kind);
  mkdirSync(folder, { recursive: true });
  const line = { method, path, version, status, body } satisfies Recorded;
  appendFileSync(join(folder, `${process.pid}-${threadId}.jsonl`), `${JSON.stringify(line)}\n`);
}

/** The body with its values replaced by their kinds, except words, which may be values of an enumeration. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((each) => JSON.stringify(shapeOf(each))))].sort();
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, name === 'metadata' ? typeof member : shapeOf(member)]),
    );
  if (typeof value === 'string') return /^[a-z_]{1,40}$/.test(value) ? value : 'text';
  return value === null ? null : typeof value;
}
