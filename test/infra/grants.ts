/** docs/grants.md as data, and what its words stand for. */
import { readFileSync } from 'node:fs';

export interface Grant {
  readonly on: string;
  readonly verbs: readonly string[];
}
export interface Row {
  readonly name: string;
  readonly tables: readonly Grant[];
  readonly queues: readonly Grant[];
  readonly keys: readonly Grant[];
  readonly others: readonly Grant[];
}

const CELLS = ['tables', 'queues', 'keys', 'other'] as const;

/** The entries of the section Functions: a name, and lists of grants by kind. Throws when a line is not understood. */
export function readGrants(page = readFileSync('docs/grants.md', 'utf8')): readonly Row[] {
  const section = page.split('\n## Functions\n')[1]!.split('\n## ')[0]!;
  const entries = section.split(/\n(?=- )/).slice(1);
  return entries.map((entry) => {
    const [first, ...lines] = entry
      .split(/\n\n/)[0]!
      .trimEnd()
      .replace(/\n {4}/g, ' ')
      .split('\n');
    const [, name, nothing] = /^- \*\*([a-z-]+)\*\*(: nothing)?$/.exec(first!) ?? [];
    const cells = new Map(
      lines.map((line): [string, string] => {
        const [, kind, cell] = /^ {2}- ([a-z]+): (.+)$/.exec(line) ?? [];
        if (cell === undefined || !CELLS.some((one) => one === kind)) throw notUnderstood(line);
        return [kind!, cell];
      }),
    );
    if (name === undefined || (nothing === undefined) !== cells.size > 0 || cells.size !== lines.length)
      throw notUnderstood(first!);
    const [tables, queues, keys, others] = CELLS.map((kind) => grantsIn(cells.get(kind) ?? ''));
    return { name, tables: tables!, queues: queues!, keys: keys!, others: others! };
  });
}

const notUnderstood = (text: string): Error => new Error(`docs/grants.md: not understood: ${text}`);

function grantsIn(cell: string): readonly Grant[] {
  if (cell === '') return [];
  return cell.split(', ').map((text) => {
    const [, on, verbs] = /^([a-z/-]+) \(([a-z -]+)\)$/.exec(text) ?? [];
    if (on === undefined || verbs === undefined) throw notUnderstood(text);
    return { on, verbs: verbs.split(' ') };
  });
}

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'table get': ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
  'table query': ['dynamodb:Query'],
  'table scan': ['dynamodb:Scan'],
  'table put': ['dynamodb:PutItem'],
  'table update': ['dynamodb:UpdateItem'],
  'table delete': ['dynamodb:DeleteItem'],
  'table check': ['dynamodb:ConditionCheckItem'],
  'queue send': ['sqs:SendMessage'],
  'queue consume': ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  'key encrypt': ['kms:Encrypt'],
  'key decrypt': ['kms:Decrypt'],
  'key generate-data-key': ['kms:GenerateDataKey'],
  'key generate-mac': ['kms:GenerateMac'],
  'bucket get': ['s3:GetObject'],
  'bucket put': ['s3:PutObject'],
};
const actions = (kind: string, verb: string): readonly string[] => {
  const found = ACTIONS[`${kind} ${verb}`];
  if (!found) throw new Error(`docs/grants.md: no such word: ${kind} ${verb}`);
  return found;
};

const keyOfTable = (table: string): string => (table === 'vault' || table === 'cvc' ? 'vault' : 'data');
const through = (service: string, key: string, ...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `kms:${verb} key ${key} through ${service}`);

/** What the key of a table, queue or bucket is used for through that service (AWS's documents of each service). */
const TABLE_KEY = [
  'Decrypt',
  'DescribeKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];
const READING_KEY = ['Decrypt', 'DescribeKey'];
const WRITING_KEY = ['Decrypt', 'DescribeKey', 'GenerateDataKey'];

/** Everything the row allows, as `action resource` or `action key through service`, sorted. */
export function allowedBy(row: Row): readonly string[] {
  const allowed = [`logs:CreateLogStream logs ${row.name}`, `logs:PutLogEvents logs ${row.name}`];
  for (const { on, verbs } of row.tables)
    allowed.push(...verbs.flatMap((verb) => onTable(on, verb)), ...through('dynamodb', keyOfTable(on), ...TABLE_KEY));
  for (const { on, verbs } of row.queues)
    allowed.push(...(on === 'stream' ? onStream() : verbs.flatMap((verb) => onQueue(on, verb))));
  for (const { on, verbs } of row.keys) allowed.push(...verbs.flatMap((verb) => onKey(on, verb)));
  for (const { on, verbs } of row.others) allowed.push(...verbs.flatMap((verb) => onOther(on, verb)));
  return [...new Set(allowed)].sort();
}

const onTable = (table: string, verb: string): readonly string[] =>
  verb === 'links' || verb === 'moved'
    ? [`dynamodb:Query index ${table}/${verb}`]
    : actions('table', verb).map((action) => `${action} table ${table}`);

function onKey(name: string, verb: string): readonly string[] {
  const [key, purpose] = name.split('/');
  return actions('key', verb).map((action) => `${action} key ${key}${purpose === undefined ? '' : ` for ${purpose}`}`);
}

function onQueue(queue: string, verb: string): readonly string[] {
  const key =
    verb === 'send'
      ? through('sqs', 'data', ...WRITING_KEY)
      : verb === 'consume'
        ? through('sqs', 'data', ...READING_KEY)
        : [];
  return [...actions('queue', verb).map((action) => `${action} queue ${queue}`), ...key];
}

const onStream = (): readonly string[] => [
  'dynamodb:DescribeStream stream payments',
  'dynamodb:GetRecords stream payments',
  'dynamodb:GetShardIterator stream payments',
  'dynamodb:ListStreams *',
  ...through('dynamodb', 'data', ...TABLE_KEY),
  ...onQueue('stream-failures', 'send'),
];

function onOther(name: string, verb: string): readonly string[] {
  if (verb === 'invoke') return [`lambda:InvokeFunction function ${name}`];
  if (name === 'settlement' && verb === 'describe') return ['states:DescribeExecution execution settlement'];
  if (name === 'settlement' && verb === 'start') return ['states:StartExecution machine settlement'];
  const key = through('s3', 'data', ...(verb === 'put' ? WRITING_KEY : READING_KEY));
  const list = verb === 'get' ? [`s3:ListBucket bucket ${name}`] : [];
  return [...actions('bucket', verb).map((action) => `${action} bucket ${name}/*`), ...list, ...key];
}
