/**
 * Stripe's search query language (docs.stripe.com/search): clauses `field:value`, `~` substring, `> < >= <=`, `-` negation, joined by
 * AND or by OR, not by both. Parsed against the fields that an object has; pure.
 */
import { type ApiError, invalidParameter, redacted } from '../../api/errors.ts';
import { isLongerThan } from '../../kernel/characters.ts';

/** What a field holds: text is compared without regard to case. */
export type FieldType = 'text' | 'number' | 'boolean';

/** The fields of an object that a query may name, by their path on the wire; metadata is always there. */
export type Fields = Readonly<Record<string, FieldType>>;

export type Operator = ':' | '~' | '>' | '<' | '>=' | '<=';

export interface Clause {
  /** Path of the member on the wire, e.g. `['metadata', 'order']`. */
  readonly path: readonly string[];
  readonly operator: Operator;
  /** `null`: whether the member exists. Text is in lower case. */
  readonly value: string | number | boolean | null;
  readonly negated: boolean;
}

export interface SearchQuery {
  readonly join: 'and' | 'or';
  readonly clauses: readonly Clause[];
}

const MAXIMUM_CLAUSES = 10;
const MAXIMUM_LENGTH = 5_000;
/** Stripe's least length of a substring. */
const SHORTEST_SUBSTRING = 3;

const CLAUSE =
  /^\s*(-?)\s*(?:metadata\[\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')\s*\]|([a-z_][a-z0-9_.]*))\s*(>=|<=|>|<|:|~)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?[0-9]+)(?![\w.])|(null|true|false)(?!\w))/i;
const JOIN = /^\s+(AND|OR)(?=\s)/i;

/** @throws 400 for what cannot be parsed, joins of both kinds, and fields or operators that the object does not have */
export function parseQuery(text: string, fields: Fields, object: string): SearchQuery {
  if (isLongerThan(text, MAXIMUM_LENGTH))
    throw invalid(`A search query may have at most ${MAXIMUM_LENGTH} characters.`);
  const clauses: Clause[] = [];
  const joins = new Set<string>();
  let rest = text;
  for (;;) {
    const match = CLAUSE.exec(rest);
    if (!match) throw unparsable();
    clauses.push(clauseOf(match, fields, object));
    rest = rest.slice(match[0].length);
    if (rest.trim() === '') break;
    const join = JOIN.exec(rest);
    // Two clauses side by side are both meant.
    joins.add(join ? join[1]!.toUpperCase() : 'AND');
    if (!join && !/^\s/.test(rest)) throw unparsable();
    rest = rest.slice(join?.[0].length ?? 0);
  }
  if (joins.size > 1) throw invalid('A search query may join its clauses by AND or by OR, but not by both.');
  if (clauses.length > MAXIMUM_CLAUSES) throw invalid(`A search query may have at most ${MAXIMUM_CLAUSES} clauses.`);
  return { join: joins.has('OR') ? 'or' : 'and', clauses };
}

function clauseOf(match: RegExpExecArray, fields: Fields, object: string): Clause {
  const [, minus, inDouble, inSingle, name, operator, double, single, digits, word] = match;
  const metadata = inDouble ?? inSingle;
  const path = metadata === undefined ? name!.split('.') : ['metadata', unescaped(metadata)];
  const type = metadata === undefined ? typeOf(name!, fields, object) : 'text';
  const quoted = double ?? single;
  const value = quoted === undefined ? unquoted(digits, word) : unescaped(quoted);
  const clause = {
    path,
    operator: operator as Operator,
    value: comparand(value, type, path.join('.')),
    negated: minus === '-',
  };
  assertOperator(clause, type);
  return clause;
}

function typeOf(name: string, fields: Fields, object: string): FieldType {
  const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (type !== undefined) return type;
  throw invalid(
    `Field \`${redacted(name)}\` is an unsupported search field for resource \`${object}\`. Supported are ${Object.keys(fields).join(', ')} and metadata.`,
  );
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

function unquoted(digits: string | undefined, word: string | undefined): string | number | boolean | null {
  if (digits !== undefined) return Number(digits);
  const lower = word!.toLowerCase();
  return lower === 'null' ? null : lower === 'true';
}

function comparand(value: string | number | boolean | null, type: FieldType, field: string): Clause['value'] {
  if (value === null) return null;
  if (type === 'text') return String(value).toLowerCase();
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalid(`Field \`${field}\` is compared with true or false.`);
  }
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value)) return Number(value);
  throw invalid(`Field \`${field}\` is compared with whole numbers.`);
}

function assertOperator({ operator, value, path }: Clause, type: FieldType): void {
  const field = path.join('.');
  if (operator === ':') return;
  if (value === null) throw invalid(`null goes with the operator \`:\` alone (field \`${field}\`).`);
  if (operator !== '~' && type !== 'number')
    throw invalid(`Operator \`${operator}\` is not supported for field \`${field}\`.`);
  if (operator !== '~') return;
  if (type !== 'text') throw invalid(`Operator \`~\` is not supported for field \`${field}\`.`);
  if (String(value).length < SHORTEST_SUBSTRING)
    throw invalid(`A substring must have at least ${SHORTEST_SUBSTRING} characters (field \`${field}\`).`);
}

const invalid = (message: string): ApiError => invalidParameter(message, { param: 'query' });
const unparsable = (): ApiError =>
  invalid(
    'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.',
  );
