/** A list of what Sluice has none of: its row in the tables. */

/** What a filter takes. `range`: a number or bounds on it. `required`: text without which the list is refused. `list`: several texts. */
export type FilterKind = 'text' | 'boolean' | 'integer' | 'range' | 'required' | 'list';
/** One value, or members. */
export type Filter = FilterKind | Readonly<Record<string, FilterKind>>;

export interface EmptyList {
  /** Below `/v1/`. */
  readonly path: string;
  /** Name of the object on the wire. */
  readonly object: string;
  readonly filters: Readonly<Record<string, Filter>>;
  /** The operation that retrieves one stands elsewhere, or Stripe has none. */
  readonly notRetrieved?: true;
  /** Why none can be created; absent where Stripe has no such operation either. */
  readonly uncreatable?: string;
  /**
   * Further operations on one, of which there is none: `POST` on it, `POST:void` below it; `*` is another id. Separated by spaces.
   */
  readonly members: string;
}

/** Words `name`, or `name:kind` for what is no text; `name[member]` for a member. */
function filters(text: string): EmptyList['filters'] {
  const found: Record<string, Filter> = {};
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const [, name, member, kind = 'text'] = /^(\w+)(?:\[(\w+)\])?(?::(\w+))?$/.exec(word) as unknown as [
      string,
      string,
      string | undefined,
      FilterKind | undefined,
    ];
    found[name] = member === undefined ? kind : { ...(found[name] as object | undefined), [member]: kind };
  }
  return found;
}

export const row = (path: string, object: string, text: string, uncreatable = '', members = ''): EmptyList => ({
  path,
  object,
  filters: filters(text),
  members,
  ...(uncreatable !== '' && { uncreatable }),
});
