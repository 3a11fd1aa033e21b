/**
 * What an operation of the API is: parsed parameters in, a reply out. `http` does all the rest (decode, authenticate, parse,
 * idempotency, expand, render errors), so an operation reads: decide → first commit → channel → apply the outcome → last commit.
 */
import type * as z from 'zod/mini';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { MerchantId, Settings } from '../merchants/merchant.ts';
import type { ApiError } from './errors.ts';

/** The authenticated caller: the only source of a scope on an HTTP path. */
export interface Caller {
  readonly scope: Scope;
  readonly merchant: MerchantId;
  readonly livemode: boolean;
  readonly keyType: 'secret' | 'publishable';
  /** Distinguishes this merchant's keys. It is not the key itself. */
  readonly keyId: string;
  readonly settings: Settings;
}

/** What holding an idempotency key means for the operation that runs under it. */
export interface RequestLock {
  /** Key of the object that this request makes. A retry after a crash uses the same one (docs/invariants.md, W3). */
  readonly objectKey: ObjectKey;
  /** An earlier request with this key died: its object may exist, its channel call may have happened. Continue it, never send again. */
  readonly resumed: boolean;
  /** `scope#sha256(key)`, the idempotency item; absent when the request has no key. */
  readonly keyHash?: string;
  readonly key?: string;
  /** MAC of the request that the key stands for. */
  readonly requestHash?: string;
}

/** One request on its way through an operation. */
export interface Call<Params = unknown> {
  readonly caller: Caller;
  readonly params: Params;
  /** Path parameters, e.g. `id`. */
  readonly path: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** The Stripe-Version to answer in. */
  readonly apiVersion: string;
  readonly lock: RequestLock;
  /** What `expand[]` asks for, already validated; the answer is expanded after `run`. */
  readonly expand: readonly string[];
}

/** What a reply holds. `empty`: a list that never has a member, so every expansion of its members is accepted. */
export interface Returned {
  readonly object: string;
  readonly list?: boolean;
  readonly empty?: true;
}

/** The answer. `stored`: the object was committed with a reply marker, so the stream stores the reply; otherwise `http` stores it. */
export interface Reply {
  readonly status: number;
  readonly body: object;
  readonly stored?: boolean;
  /** What `http` stores in place of the body when the body contains a secret. `restoreSecrets` completes it for a replay. */
  readonly storedBody?: object;
  /** The body of the written object before its expansions, returned when the expansions make the response too long. */
  readonly unexpanded?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that is not JSON (a report as CSV). */
  readonly text?: { readonly contentType: string; readonly content: string };
}

/** Loads the object behind an id for `expand[]`, or undefined when there is none in this scope; `of` is the object that names it. */
export type Loader = (caller: Caller, id: string, of: { readonly id?: string }) => Promise<object | undefined>;
/** Loaders by the name of what they load; `refunds` loads a list, for the charge whose id it is given. */
export type Loaders = Readonly<Record<string, Loader>>;

export interface Operation<Deps, Params = unknown, Loaded = unknown> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` for path parameters: `/v1/payment_intents/{id}/confirm`. */
  readonly path: string;
  /** Parameters of query or body; unknown ones are refused. `z.strictObject`. */
  readonly params: z.ZodMiniType<Params>;
  /** Refuses what the schema cannot judge alone. Nothing was locked or read yet, so such a refusal leaves no trace. */
  readonly check?: (deps: Deps, params: Params) => void;
  /** Name of the object in the reply, for the validation of `expand[]`; `list` of it for lists. */
  readonly returns?: Returned;
  /** Why the operation is never carried out. Such an operation of Stripe's is refused with this reason, whatever its parameters. */
  readonly refuses?: string;
  /** The refusal of an operation that is not served (empty-lists/unserved.ts), by the ids in its path. */
  readonly unserved?: (ids: Readonly<Record<string, string>>) => ApiError;
  /** Reads that do not depend on the lock, made in parallel with it. Its refusals are stored like those of `run`. */
  readonly read?: (deps: Deps, call: Omit<Call<Params>, 'lock'>) => Promise<Loaded>;
  readonly run: (deps: Deps, call: Call<Params>, loaded: Loaded) => Promise<Reply>;
  /** For a key whose reply is not stored yet: the reply that follows from the object's own item, if this key made its last commit. */
  readonly committedReply?: (deps: Deps, call: Call<Params>) => Promise<Reply | undefined>;
  /** A stored reply with the omitted members restored. */
  readonly restoreSecrets?: (deps: Deps, call: Omit<Call<Params>, 'lock'>, storedBody: object) => Promise<object>;
  /** Publishable keys may call it; `with_secret`: about an intent whose client secret they know. */
  readonly publishable?: true | 'with_secret';
}

/** An operation whose parameters and loads are its own business: what its schema gives goes to its own functions, unseen here. */
export type AnyOperation<Deps> = Omit<Operation<Deps, never, never>, 'params' | 'read'> & {
  readonly params: z.ZodMiniType;
  readonly read?: (deps: Deps, call: Omit<Call<never>, 'lock'>) => Promise<unknown>;
};

/** The part of an operation that decides how its parameters are read. */
export type Parameterized = Pick<AnyOperation<never>, 'method' | 'path' | 'params'>;
