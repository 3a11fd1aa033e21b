/** Objects without a member. */

/** `value` without its member `name`: exact optional properties know no `undefined`. */
export function without<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = value;
  return rest;
}
