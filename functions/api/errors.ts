/**
 * Refusals: every error a merchant can meet, made by a named function here and rendered in one place (`http`).
 * Shapes and texts are Stripe's (docs.stripe.com/api/errors, error-codes).
 */
import { firstCharacters } from '../kernel/characters.ts';

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export interface ErrorBody {
  readonly type: ErrorType;
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly doc_url?: string;
  readonly charge?: string;
  readonly payment_intent?: unknown;
  readonly setup_intent?: unknown;
  readonly payment_method?: unknown;
  readonly payment_method_type?: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody;
  /** `true` asks the client to send the same request again, `false` not to (header Stripe-Should-Retry). */
  readonly shouldRetry: boolean | undefined;
  /** Refusals made before the operation began (validation, authentication, 409, 429) are not stored under the idempotency key. */
  readonly stored: boolean;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    body: ErrorBody,
    options: { shouldRetry?: boolean; stored?: boolean; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(body.message);
    this.status = status;
    this.body = body.code
      ? { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}` }
      : body;
    this.shouldRetry = options.shouldRetry;
    this.stored = options.stored ?? true;
    this.headers = options.headers ?? {};
  }
}

/** A value from the request that is safe to repeat: a card number in the wrong field must not appear in an error or a log. */
export const redacted = (value: string): string =>
  firstCharacters(value.slice(0, 400), 200).replace(/\d(?:[ -]?\d){11,}/g, '…');

/** The facts of a refusal beside its message: no member is present unless it has a value. */
type Facts = Omit<ErrorBody, 'type' | 'message'>;

/** 400: the request was read, and cannot be carried out. Stored under the idempotency key. */
export const refused = (message: string, facts: Facts = {}): ApiError =>
  new ApiError(400, { type: 'invalid_request_error', message, ...facts });

/** 400 before execution: a parameter is unknown, missing or of the wrong type. Not stored. */
export const invalidParameter = (message: string, facts: Facts = {}): ApiError =>
  new ApiError(400, { type: 'invalid_request_error', message, ...facts }, { stored: false });

export const unknownParameter = (param: string): ApiError =>
  invalidParameter(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });

export const missingParameter = (param: string): ApiError =>
  invalidParameter(`Missing required param: ${param}.`, { code: 'parameter_missing', param });

/** An empty value takes something away, and there is nothing to take away here. */
export const emptyParameter = (param: string): ApiError =>
  invalidParameter(
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param },
  );

export const bothCursors = (): ApiError =>
  invalidParameter('Received both starting_after and ending_before parameters. Please pass in only one.');

/** 400: a list's filters leave out everything that one call may look at. */
export const scanLimitReached = (count: number): ApiError =>
  invalidParameter(
    `None of the ${count} objects looked at is as asked for. Narrow the list with created, or page on from a later object.`,
    { param: 'created' },
  );

export const missingObject = (object: string, id: string, param: string, status: 400 | 404): ApiError =>
  new ApiError(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${object}: '${idText(id)}'`,
    param,
  });

/** 404: the object that the path names has none of these. */
export const hasNone = (what: string, id: string): ApiError =>
  new ApiError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No ${what}: ${idText(id)}`,
    param: 'id',
  });

/** An id as an error repeats it. */
const idText = (id: string): string => (/^[a-z_]{2,20}_[0-9A-Za-z]{20,40}$/.test(id) ? id : redacted(id));

/** 404: an id in the path names nothing in this scope. */
export const noSuch = (object: string, id: string, param = 'id'): ApiError => missingObject(object, id, param, 404);

/** 400: an id in the body or query names nothing in this scope. */
export const noSuchReference = (object: string, id: string, param: string): ApiError =>
  missingObject(object, id, param, 400);

export const unauthorized = (message: string): ApiError =>
  new ApiError(401, { type: 'invalid_request_error', message }, { stored: false });

/** 401: the key was rolled or revoked. */
export const expiredKey = (masked: string): ApiError =>
  new ApiError(
    401,
    { type: 'invalid_request_error', code: 'api_key_expired', message: `Expired API Key provided: ${masked}` },
    { stored: false },
  );

export const secretKeyRequired = (): ApiError =>
  new ApiError(
    403,
    {
      type: 'invalid_request_error',
      code: 'secret_key_required',
      message: 'This API call cannot be made with a publishable API key. Please use a secret API key.',
    },
    { stored: false },
  );

/** 400 for two parameters that exclude each other; `param` names the one that is too many. */
export const exclusiveParameters = (one: string, other: string, param = other): ApiError =>
  invalidParameter(`You may only specify one of these parameters: ${one}, ${other}.`, {
    code: 'parameters_exclusive',
    param,
  });

/**
 * One of two parameters is given, and not both. `named`: a parameter as the request names it; `needed`: the one that is asked for.
 * @throws 400 parameter_missing, parameters_exclusive
 */
export function assertOneOf<Name extends string>(
  params: { readonly [name in Name]?: unknown },
  [one, other]: readonly [Name, Name],
  named: (name: Name) => string,
  needed: Name = one,
): void {
  const [hasOne, hasOther] = [params[one] !== undefined, params[other] !== undefined];
  if (!hasOne && !hasOther) throw missingParameter(named(needed));
  if (hasOne && hasOther) throw exclusiveParameters(one, other, named(one));
}

/** 403: the request is about another account than the key's own. Sluice has no connected accounts, so no key has access to another one. */
export const accountInvalid = (account: string): ApiError =>
  new ApiError(
    403,
    {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key does not have access to account '${redacted(account)}' (or that account does not exist). Application access may have been revoked.`,
    },
    { stored: false },
  );

/** 404: no operation has this path. Where a segment of it is empty, the message says so, as Stripe's does. */
export const unrecognizedUrl = (method: string, path: string): ApiError => {
  const advice = /.\/$|\/\//.test(path)
    ? ' If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.'
    : '';
  const request = `(${method}: ${redacted(path)})`;
  const message = path.startsWith('/v2/')
    ? `Sluice serves the paths below /v1 only, and no v2 API ${request}.`
    : `Unrecognized request URL ${request}.${advice} Please see docs/api.md for what is served.`;
  return new ApiError(404, { type: 'invalid_request_error', message }, { stored: false });
};

/** 402: the payment was declined, or could not be authenticated. */
export const cardError = (message: string, facts: Facts): ApiError =>
  new ApiError(402, { type: 'card_error', message, ...facts });

/** An idempotency key as an error repeats it, without what looks like an API key, a signing or client secret, or a card number. */
const keyText = (key: string): string =>
  key
    .split(UUID)
    .map((part, at) => (at % 2 === 1 ? part : redacted(part.replace(SECRET, '$1…'))))
    .join('');
const SECRET = /((?<![^\W_])(?:sk|rk|whsec)_|_secret_)\w+/gi;
/** Twelve of its digits may stand side by side, and it is no card number: most clients make such keys. */
const UUID = /([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/i;

/** 400: the idempotency key was first used with other parameters. */
export const idempotencyMismatch = (key: string): ApiError =>
  new ApiError(
    400,
    {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${keyText(key)}' if you meant to execute a different request.`,
    },
    { stored: false },
  );

/** 409: the first request with this key is still under way. SDKs send it again by themselves. */
export const idempotencyInUse = (): ApiError =>
  new ApiError(
    409,
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: 'There is currently another in-progress request using this Idempotent Key. Please try again later.',
    },
    { stored: false, shouldRetry: true },
  );

/** 429: another request holds the object. */
export const lockTimeout = (): ApiError =>
  new ApiError(
    429,
    {
      type: 'invalid_request_error',
      code: 'lock_timeout',
      message:
        'This object cannot be accessed right now because another API request is currently accessing it. Please try again in a moment.',
    },
    { stored: false, shouldRetry: true },
  );

/** 429: more requests than the key may make; the window it counts in ends in so many seconds. */
export const rateLimited = (retryAfterSeconds: number): ApiError =>
  new ApiError(
    429,
    {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded. Please wait a moment, and send requests more slowly.',
    },
    {
      stored: false,
      shouldRetry: true,
      headers: { 'retry-after': String(retryAfterSeconds), 'stripe-rate-limited-reason': 'global-rate' },
    },
  );

/** 500: a bug or an outage of ours; says nothing of its cause. */
export const internalError = (): ApiError =>
  new ApiError(
    500,
    { type: 'api_error', message: 'Sorry, something went wrong on our side. The error has been logged.' },
    { stored: false },
  );
