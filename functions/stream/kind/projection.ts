/** What one kind of aggregate announces: the shape that each `…-events.ts` fills in. */

import type { Token } from '../../search/index/tokens.ts';
import type { Watched } from './recheck.ts';

/** c: the commit made a charge (these items are the list of charges, and stay); p, r: other commits of a payment, refund; o: of anything else. */
export type Family = 'c' | 'p' | 'r' | 'o';

/** What the request behind a commit was told, and the key it is kept under. */
export interface CommittedReply {
  readonly keyHash: string;
  readonly requestId: string;
  readonly status: number;
  readonly body: object;
}

export interface Projection<T> {
  readonly family: Family;
  /** Types of the events of a commit, oldest first; none when nothing is announced. */
  readonly types: (old: T | undefined, now: T) => readonly string[];
  /** The object that an event of this type carries: as it was right after the commit. Of an earlier image, `about` is the later one that tells which object. */
  readonly object: (now: T, type: string, about?: T) => object;
  /** What an `….updated` event of this type shows of before, where that is not what changed in the object itself. */
  readonly previous?: (type: string) => object | undefined;
  /** What its events are rendered from, where that is not the object as the commit left it; version, time and request are the commit's. */
  readonly shown?: (old: T, now: T) => T;
  /** What a search finds it by. */
  readonly tokens?: (now: T) => readonly Token[];
  readonly reply?: (now: T) => CommittedReply | undefined;
  /** When the janitor must look at it although nothing is open: told by the commit that makes it so. */
  readonly due?: (old: T | undefined, now: T) => { readonly kind: Watched['kind']; readonly atMs: number } | undefined;
  /** As what the janitor looks at it, while something about it is still open. */
  readonly watch?: (now: T) => Watched['kind'] | undefined;
}
