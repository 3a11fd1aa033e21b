/** Parameters in the form that Stripe takes: nested names in brackets, lists by number. Pure. */

export type FormValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/** Percent-encoding with the brackets of names left as they are. */
const encoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!*()']/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%5B/g, '[')
    .replace(/%5D/g, ']');

function pairs(name: string, value: FormValue): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [`${encoded(name)}=${encoded(String(value))}`];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value as Record<string, FormValue>);
  return members.flatMap(([member, each]) => pairs(`${name}[${member}]`, each as FormValue));
}

/** `{a: {b: 1}, c: ['x']}` as `a[b]=1&c[0]=x`: byte for byte what Stripe's own libraries send for the same parameters. */
export const formOf = (parameters: Readonly<Record<string, FormValue>>): string =>
  Object.entries(parameters)
    .flatMap(([name, value]) => pairs(name, value))
    .join('&');
