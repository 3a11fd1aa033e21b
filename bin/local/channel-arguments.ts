/** The command line of `npm run -s channel`, read: what the operator is asked to do, or what is wrong. */

interface Values {
  readonly merchant?: string | undefined;
  readonly live?: boolean | undefined;
  readonly mode?: string | undefined;
  readonly channel?: string | undefined;
  readonly environment?: string | undefined;
  readonly credentials?: string | undefined;
  readonly priority?: string | undefined;
  readonly method?: string | undefined;
  readonly currency?: string | undefined;
  readonly account?: string | undefined;
  readonly finish?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly after?: string | undefined;
  readonly callback?: string | undefined;
}
type Option = keyof Values;

interface Asked {
  readonly command: string;
  readonly given: Record<string, unknown>;
}

/** The options of each command beside --stack. */
const COMMANDS: Readonly<Record<string, readonly [needed: readonly Option[], others: readonly Option[]]>> = {
  add: [
    ['merchant', 'channel', 'environment'],
    ['live', 'mode', 'credentials', 'priority', 'method', 'currency'],
  ],
  list: [[], ['merchant', 'live', 'mode']],
  show: [['account'], []],
  disable: [['account'], ['method', 'currency']],
  enable: [['account'], ['method', 'currency']],
  priority: [['account', 'priority'], []],
  rotate: [['account'], ['credentials', 'finish']],
  check: [['account'], []],
  health: [['account'], []],
  callbacks: [['account'], ['limit', 'after']],
  replay: [['account', 'callback'], []],
};

/** The operator's command and what it is given beside credentials, or what is wrong with the command line. */
export function channelArguments(positionals: readonly string[], values: Values): Asked | string {
  const [command = ''] = positionals;
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!known || positionals.length > 1) return `Not a command: ${positionals.join(' ') || '(none)'}`;
  const [needed, others] = known;
  const missing = needed.find((name) => !values[name]);
  if (missing) return `--${missing} is missing`;
  const allowed: readonly string[] = [...needed, ...others, 'stack'];
  const strange = Object.keys(values).find((name) => values[name as Option] !== undefined && !allowed.includes(name));
  if (strange !== undefined) return `--${strange} is not an option of ${command}`;
  const wrong = wrongValue(values);
  return wrong ?? asked(command, values);
}

/** What is wrong with a value, whichever command it is for. */
function wrongValue({ mode, live, environment, priority, limit }: Values): string | undefined {
  if (mode !== undefined && ((mode !== 'test' && mode !== 'live') || (live && mode === 'test')))
    return `--mode ${mode}: must be test or live`;
  if (environment !== undefined && environment !== 'test' && environment !== 'live')
    return `--environment ${environment}: must be test or live`;
  if (priority !== undefined && !/^[1-5]$/.test(priority)) return `--priority ${priority}: must be 1 to 5`;
  return limit !== undefined && !/^([1-9]\d?|100)$/.test(limit) ? `--limit ${limit}: must be 1 to 100` : undefined;
}

function asked(command: string, values: Values): Asked | string {
  const { merchant, live, mode, channel, environment, priority, account, limit, after, callback } = values;
  const switches = {
    ...(values.method !== undefined && { methods: values.method.split(',') }),
    ...(values.currency !== undefined && { currencies: values.currency.toLowerCase().split(',') }),
  };
  const place = priority === undefined ? {} : { priority: Number(priority) };
  switch (command) {
    case 'add': {
      const of = { merchant, mode: live ? 'live' : (mode ?? 'test') };
      return { command: 'channel-add', given: { ...of, channel, environment, ...place, ...switches } };
    }
    case 'list': {
      const chosen = live ? 'live' : mode;
      const of = { ...(merchant !== undefined && { merchant }), ...(chosen !== undefined && { mode: chosen }) };
      return { command: 'channel-list', given: of };
    }
    case 'disable':
    case 'enable':
      return { command: 'channel-switch', given: { account, on: command === 'enable', ...switches } };
    case 'rotate':
      if (values.finish && values.credentials !== undefined) return '--finish takes no --credentials';
      if (!values.finish && values.credentials === undefined) return '--credentials or --finish is missing';
      return { command: values.finish ? 'channel-finish-rotation' : 'channel-rotate', given: { account } };
    case 'callbacks':
      return {
        command: 'channel-callbacks',
        given: { account, ...(limit !== undefined && { limit: Number(limit) }), ...(after !== undefined && { after }) },
      };
    default:
      return {
        command: `channel-${command}`,
        given: { account, ...place, ...(callback !== undefined && { callback }) },
      };
  }
}
