/** The operations on a row: an empty page, a 404 for any id, and a refusal to create one. */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import { emptyPage } from '../api/list.ts';
import type { AnyOperation, Operation } from '../api/operation.ts';
import { boolean, instants, integer, type ListParams, nonEmpty, noParams, pageShape } from '../api/params.ts';
import { refusedOperation } from '../api/refused-operation.ts';
import { once } from '../kernel/once.ts';
import type { EmptyList, Filter, FilterKind } from './empty-list.ts';

const MAXIMUM_TEXT = 5_000;

const filterSchemas = once(
  () =>
    ({
      text: z.optional(nonEmpty(MAXIMUM_TEXT)),
      boolean: z.optional(boolean),
      integer: z.optional(integer),
      range: z.optional(instants),
      required: nonEmpty(MAXIMUM_TEXT),
      list: z.optional(z.array(nonEmpty(MAXIMUM_TEXT))),
    }) as const satisfies Record<FilterKind, z.ZodMiniType>,
);

const paramsOf = ({ filters }: EmptyList): z.ZodMiniType<ListParams> =>
  z.strictObject({ ...pageShape, ...shapeOf(filters) });

const shapeOf = (filters: Readonly<Record<string, Filter>>): Readonly<Record<string, z.ZodMiniType>> =>
  Object.fromEntries(
    Object.entries(filters).map(([name, filter]) => [
      name,
      typeof filter === 'string' ? filterSchemas()[filter] : z.optional(z.strictObject(shapeOf(filter))),
    ]),
  );

const shortName = ({ object }: EmptyList): string => object.split('.').at(-1)!;

/** `Tax rates`, of `tax_rate`. */
function pluralOf(list: EmptyList): string {
  const words = shortName(list).replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}s`;
}

export function operationsOn(list: EmptyList): readonly AnyOperation<object>[] {
  const { object, uncreatable, notRetrieved } = list;
  const path = `/v1/${list.path}`;
  const params = once(() => paramsOf(list));
  const page: Operation<object, ListParams> = {
    method: 'GET',
    path,
    get params() {
      return params();
    },
    returns: { object, list: true, empty: true },
    run: async (_, call) => ({ status: 200, body: emptyPage(path, shortName(list), call.params) }),
  };
  const retrieve: Operation<object, object> = {
    method: 'GET',
    path: `${path}/{id}`,
    params: noParams,
    returns: { object, empty: true },
    run: async (_, call) => {
      throw noSuch(shortName(list), call.path.id ?? '');
    },
  };
  return [
    page,
    ...(notRetrieved ? [] : [retrieve]),
    ...(uncreatable === undefined
      ? []
      : [refusedOperation(path, `${pluralOf(list)} cannot be created. ${uncreatable}`)]),
  ];
}
