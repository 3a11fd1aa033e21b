/** Which parameters an operation knows: those of its schema, and those of the table of parameters that are not used. */
import type * as z from 'zod/mini';
import { PARAMETER_TABLE } from '../../functions/api/parameter-table.ts';
import { type Typed, typeOf } from './sdk-types.ts';

/** By operation, the names that the table treats whatever their value. One of which only some values are ignored is treated elsewhere too. */
export const TREATED: ReadonlyMap<string, ReadonlySet<string>> = treated();

function treated(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { operations, names } of PARAMETER_TABLE)
    for (const operation of operations.split(',')) {
      const known = found.get(operation) ?? new Set();
      for (const name of names.split(' ').filter((each) => !each.includes('='))) known.add(name);
      found.set(operation, known);
    }
  return found;
}

/** A parameter in a description: its members are found when they are asked for, because types refer to themselves. */
export interface Described {
  readonly name: string;
  readonly members: () => readonly Described[];
}

/** The parameters of an interface of the SDK. */
export const describedIn = ({ members, space }: Typed): readonly Described[] =>
  members.map(({ name, type }) => ({
    name,
    members: () => {
      const inner = type.startsWith('MetadataParam') ? undefined : typeOf(type, space);
      return inner ? describedIn(inner) : [];
    },
  }));

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  readonly innerType?: z.ZodMiniType;
  readonly in?: z.ZodMiniType;
  readonly element?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly options?: readonly z.ZodMiniType[];
}

/** The members that a schema takes, `*` where they may have any name; nothing for a value, or for a schema that takes any member. */
function shapeOf(schema: z.ZodMiniType): Readonly<Record<string, z.ZodMiniType>> | undefined {
  const definition = schema._zod.def as unknown as Definition;
  if (definition.shape) return definition.shape;
  if (definition.valueType) return shapeOf(definition.valueType) && { '*': definition.valueType };
  const [inner] = [definition.innerType, definition.in, definition.element].filter((each) => each !== undefined);
  if (inner) return shapeOf(inner);
  return definition.options?.map(shapeOf).find((shape) => shape !== undefined);
}

const within = (outer: string, name: string): string => (outer === '' ? name : `${outer}[${name}]`);

/** The parameters that neither the schema nor the table has. */
export function unknownOf(
  described: readonly Described[],
  schema: z.ZodMiniType,
  table: ReadonlySet<string> = new Set(),
  outer = '',
): readonly string[] {
  const shape = shapeOf(schema);
  if (!shape) return [];
  return described.flatMap(({ name, members }) => {
    const at = within(outer, name);
    if (table.has(at) || at === 'expand') return [];
    const own = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return own ? unknownOf(members(), own, table, at) : [at];
  });
}

/** The parts of `card[networks]`. */
export const partsOf = (name: string): readonly string[] => name.match(/[\w*]+/g) ?? [];

/** Whether the schema has the parameter. */
export function isIn(schema: z.ZodMiniType, [name, ...rest]: readonly string[]): boolean {
  const shape = shapeOf(schema);
  const own = shape && Object.hasOwn(shape, name!) ? shape[name!] : undefined;
  return own !== undefined && (rest.length === 0 || isIn(own, rest));
}
