/** Reads a form with names in brackets, as Stripe's API does: `a[b][0]=c` is `{a: {b: {0: 'c'}}}`. */

export interface Form {
  readonly [name: string]: string | Form;
}

/** What was sent, by name. A list has its numbers as names. */
export function parseForm(text: string): Form {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== '');
    let at = root;
    for (const part of path.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[path.at(-1)!] = value;
  }
  return root as Form;
}

export const textOf = (form: Form, name: string): string | undefined => {
  const value = form[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const formIn = (form: Form, name: string): Form => {
  const value = form[name];
  return typeof value === 'object' ? value : {};
};

/** The members of a list. */
export const listOf = (form: Form, name: string): readonly string[] =>
  Object.values(formIn(form, name)).filter((value) => typeof value === 'string');

/** Texts by name, as metadata has them. */
export const textsIn = (form: Form, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(formIn(form, name)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
