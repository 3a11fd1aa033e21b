/**
 * Operations that Stripe has and Sluice does not carry out: each is answered with its reason, or with a 404 where it is about an object of
 * which there is none. No URL that Stripe has is unrecognized (test/contract/unserved walks those of the SDK). They are no served
 * operations, so neither docs/api.md nor the OpenAPI document lists them.
 */
import { type ApiError, hasNone, invalidParameter, noSuch } from '../api/errors.ts';
import type { AnyOperation } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import type { EmptyList } from './empty-list.ts';

type Method = AnyOperation<object>['method'];

/** `POST:orders/*` as a method and a path below `/v1/`, with a name for each id. */
function routeOf(base: string, word: string): readonly [Method, string] {
  const [method, below] = word.split(':') as [Method, string?];
  const path = [base, ...(below === undefined ? [] : [below])].join('/');
  let ids = 0;
  return [method, `/v1/${path.replaceAll('*', () => `{id${++ids}}`)}`];
}

const unserved = (
  [method, path]: readonly [Method, string],
  answer: (ids: Readonly<Record<string, string>>) => ApiError,
): AnyOperation<object> => ({
  method,
  path,
  params: noParams,
  unserved: answer,
  run: async () => {
    throw new Error(`${method} ${path} is refused before it runs`);
  },
});

/** Operations on what the object in the path does not have, such as `active discount for customer`. */
export const onNoneOf = (what: string, words: string): readonly AnyOperation<object>[] =>
  words.split(' ').map((word) => {
    const [method, path] = word.split(':') as [Method, string];
    return unserved(routeOf(path, method), ({ id1 = '' }) => hasNone(what, id1));
  });

/** Operations that are refused with their reason: `POST:account_links`, separated by spaces. */
export const refusedWith = (why: string, words: string): readonly AnyOperation<object>[] =>
  words.split(' ').map((word) => {
    const [method, path] = word.split(':') as [Method, string];
    return unserved(routeOf(path, method), () => invalidParameter(why));
  });

/** Operations on an object of which there is none: words as in a row's `members`. The id after the path names it. */
export function onNone(path: string, object: string, words: string): readonly AnyOperation<object>[] {
  const named = `id${path.split('*').length}`;
  const name = object.split('.').at(-1)!;
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => unserved(routeOf(`${path}/*`, word), (ids) => noSuch(name, ids[named] ?? '')));
}

/** The further operations on the members of lists that are always empty. */
export const onMembersOf = (lists: readonly EmptyList[]): readonly AnyOperation<object>[] =>
  lists.flatMap(({ path, object, members }) => onNone(path, object, members));
