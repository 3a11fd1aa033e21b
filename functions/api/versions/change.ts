/** What a version of the API changed in objects that are served. */
export type Members = Readonly<Record<string, unknown>>;

export interface VersionChange {
  /** The date of the version that brought the change. */
  readonly since: string;
  /** Names of the objects that it concerns. */
  readonly objects: readonly string[];
  /** The object as earlier versions have it. Pure; the members of the object are changed already. */
  readonly before: (object: Members) => Members;
}
