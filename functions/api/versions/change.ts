/** What a version of the API changed in objects that are served. */
export type Members = Readonly<Record<string, unknown>>;

export interface VersionChange {
  /** The date of the version that brought the change. */
  readonly since: string;
  /** Names of the objects that it concerns. */
  readonly objects: readonly string[];
  /** A parameter that earlier versions name otherwise, of operations by `POST /v1/products/{id}`. */
  readonly renamed?: { readonly operations: readonly string[]; readonly from: string; readonly to: string };
  /** Members of earlier versions alone that a request may expand; they are `null` here, so expanding them changes nothing. */
  readonly expandable?: readonly string[];
  /** The object as earlier versions have it. Pure; the members of the object are changed already. */
  readonly before: (object: Members) => Members;
}
