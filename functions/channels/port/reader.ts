/** Reading a channel's answers. */
import * as z from 'zod/mini';

/** The value as the schema has it; undefined where it is not of this shape. */
export function readAs<T>(schema: z.ZodMiniType<T>, value: unknown): T | undefined {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? parsed.data : undefined;
}

/** The same for a schema of which many values are read. */
export const reader =
  <T>(schema: z.ZodMiniType<T>) =>
  (value: unknown): T | undefined =>
    readAs(schema, value);
