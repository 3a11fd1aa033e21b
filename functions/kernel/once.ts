/**
 * Made when it is first asked for, and once: a schema of parameters takes CPU to make, which a function that starts should not spend on
 * requests that may never come.
 */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
