/**
 * Shape versions of stored documents (ADR 0026). A document without a version has shape 1, the shape of version 0.1. Every read checks the
 * version and upgrades an earlier shape; a shape that this release does not know is refused.
 */

/** How the documents of a kind are stored and read. */
export interface Shaped<T> {
  /** The items' `kind`: the stream's consumers know them by it. */
  readonly name: string;
  /** The shape that this release writes, the same for all or by the value; 1 where absent. */
  readonly shape?: number | ((value: T) => number);
  /** The newest shape that this release reads, where `shape` does not say it: by the value, or the next release may write it. */
  readonly reads?: number;
  /** The document as this release uses it, from the shape that it was stored in. Absent while every shape is used as it is. */
  readonly upgrade?: (stored: object, shape: number) => T;
}

/** A record that a later release wrote: this one must not guess what it means. */
export class NewerShape extends Error {
  override readonly name = 'NewerShape';
  constructor(kind: string, shape: number, newest: number) {
    super(`a ${kind} has shape ${shape}, and this release reads shapes up to ${newest}`);
  }
}

/** The document to store: the value with the shape that this release writes. Shape 1 takes no bytes. */
export function withShape<T extends object>({ shape = 1 }: Pick<Shaped<T>, 'shape'>, value: NoInfer<T>): object {
  const written = typeof shape === 'function' ? shape(value) : shape;
  return written === 1 ? value : { ...value, shape: written };
}

/**
 * The value that a stored document holds.
 * @throws NewerShape for a shape that this release does not read
 */
export function shapedAs<T>(kind: Shaped<T>, document: object): T {
  const { shape = 1, ...value } = document as { readonly shape?: number };
  const newest = Math.max(kind.reads ?? 1, typeof kind.shape === 'number' ? kind.shape : 1);
  if (shape > newest) throw new NewerShape(kind.name, shape, newest);
  return kind.upgrade ? kind.upgrade(value, shape) : (value as T);
}
