/** A posted form, read byte by byte: its signature covers the decoded bytes in the form's own charset, which need not be UTF-8. Pure. */

export type FormFields = Readonly<Record<string, string | undefined>>;

export interface Form {
  readonly fields: FormFields;
  /** `name=value` of all fields but these, sorted by name and joined by `&`, in the bytes that were sent. */
  signedContent(without: readonly string[]): Buffer;
}

const MAXIMUM_FIELDS = 200;
const NAME = /^[0-9A-Za-z_]{1,64}$/;
/** Charsets that Alipay signs in. */
const CHARSETS: Readonly<Record<string, string>> = { 'utf-8': 'utf-8', utf8: 'utf-8', gbk: 'gbk', gb2312: 'gbk' };

/** Undefined: not a form of plain fields, a field twice, a charset that is not known, or bytes that are not of it. */
export function readForm(raw: Uint8Array): Form | undefined {
  const parts = Buffer.from(raw).toString('latin1').split('&');
  if (parts.length > MAXIMUM_FIELDS) return undefined;
  const bytes = new Map<string, Buffer>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0));
    const value = at > 0 ? decoded(part.slice(at + 1)) : undefined;
    if (!value || !NAME.test(name) || bytes.has(name)) return undefined;
    bytes.set(name, value);
  }
  const charset = CHARSETS[(bytes.get('charset')?.toString('latin1') ?? 'utf-8').toLowerCase()];
  const fields = charset === undefined ? undefined : textsOf(bytes, charset);
  return (
    fields && {
      fields,
      signedContent(without) {
        const names = [...bytes.keys()].filter((name) => !without.includes(name)).sort();
        const pairs = names.map((name) => Buffer.concat([Buffer.from(`${name}=`), bytes.get(name)!]));
        return Buffer.concat(pairs.flatMap((pair, index) => (index === 0 ? [pair] : [AND, pair])));
      },
    }
  );
}

const AND = Buffer.from('&');

/** The bytes of a value; undefined where a `%` is not followed by two hexadecimal digits. */
function decoded(text: string): Buffer | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const spaced = text.replaceAll('+', ' ');
  return Buffer.from(
    spaced.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function textsOf(bytes: ReadonlyMap<string, Buffer>, charset: string): FormFields | undefined {
  const decoder = new TextDecoder(charset, { fatal: true });
  try {
    return Object.fromEntries([...bytes].map(([name, value]) => [name, decoder.decode(value)]));
  } catch {
    return undefined;
  }
}
