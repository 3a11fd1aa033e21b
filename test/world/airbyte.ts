/** A connection of Airbyte's source-stripe to the product, by the commands of Airbyte's protocol: what its platform runs in a container. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientsPath, type Installed } from './install-clients.ts';
import type { Product } from './product.ts';
import { output } from './real-clients.ts';

export interface Row {
  readonly id: string;
  readonly created?: number;
  readonly updated?: number;
  readonly is_deleted?: boolean;
}

export interface Read {
  /** Records by stream, in their order. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** The streams that ended, by how. */
  readonly ended: Readonly<Record<string, readonly string[]>>;
  /** Requests whose refusal the connector ignored, and errors. */
  readonly complaints: readonly string[];
  /** What the next read begins with. */
  readonly state: readonly object[];
}

export interface Connection {
  /** `SUCCEEDED`, or `FAILED` with the reason. */
  readonly check: (secretKey?: string) => Promise<readonly [status: string, message?: string]>;
  /** Names of all streams. */
  readonly discover: () => Promise<readonly string[]>;
  /** All streams; since an earlier read where its state is given. */
  readonly read: (state?: readonly object[]) => Promise<Read>;
}

interface Stream {
  readonly name: string;
  readonly supported_sync_modes: readonly string[];
}
interface Message {
  readonly type: string;
  readonly connectionStatus?: { readonly status: string; readonly message?: string };
  readonly catalog?: { readonly streams: readonly Stream[] };
  readonly record?: { readonly stream: string; readonly data: Row };
  readonly state?: { readonly stream: { readonly stream_descriptor: { readonly name: string } } };
  readonly log?: { readonly level: string; readonly message: string };
  readonly trace?: {
    readonly stream_status?: { readonly status: string; readonly stream_descriptor: { readonly name: string } };
    readonly error?: { readonly message: string };
  };
}

/** Makes a copy of the connector whose manifest has the product's address in place of Stripe's. */
export function connect({ program, folder }: Installed, { baseUrl, merchant, secretKey }: Product): Connection {
  const own = clientsPath('airbyte');
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  cpSync(join(folder, 'source_stripe'), join(own, 'source_stripe'), { recursive: true });
  const manifest = join(own, 'source_stripe/manifest.yaml');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace('url_base: https://api.stripe.com/v1', `url_base: ${baseUrl}/v1`));

  /** The option for a new file with this content. */
  let files = 0;
  const given = (name: string, content: object): readonly string[] => {
    const file = join(own, `${name}-${++files}.json`);
    writeFileSync(file, JSON.stringify(content));
    return [`--${name}`, file];
  };
  const config = (client_secret: string) => given('config', { account_id: merchant, client_secret });
  const run = async (command: string, ...options: readonly string[]): Promise<readonly Message[]> => {
    const lines = await output(program, [join(folder, 'bin/source-stripe'), command, ...options], {
      PYTHONPATH: `${own}:${folder}`,
      HTTPS_PROXY: 'http://127.0.0.1:9',
    });
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Message);
  };
  const streamsOf = async (): Promise<readonly Stream[]> =>
    (await run('discover', ...config(secretKey))).find(({ type }) => type === 'CATALOG')!.catalog!.streams;
  let found: readonly Stream[] | undefined;

  return {
    async check(key = secretKey) {
      const messages = await run('check', ...config(key));
      const { status, message } = messages.find(({ type }) => type === 'CONNECTION_STATUS')!.connectionStatus!;
      return message === undefined ? [status] : [status, message];
    },
    discover: async () => {
      found ??= await streamsOf();
      return found.map(({ name }) => name);
    },
    async read(state) {
      found ??= await streamsOf();
      const streams = found.map((stream) => ({
        stream,
        sync_mode: stream.supported_sync_modes.includes('incremental') ? 'incremental' : 'full_refresh',
        destination_sync_mode: 'append',
      }));
      const options = [...config(secretKey), ...given('catalog', { streams })];
      return summary(await run('read', ...options, ...(state ? given('state', state) : [])));
    },
  };
}

/** Lines about the progress of a read. A refused request that the connector ignores is a line of the same level: the refusal's message. */
const PROGRESS = /^(?:Starting syncing|Marking stream|Syncing stream|Read \d+ records|Finished syncing)/;

function summary(messages: readonly Message[]): Read {
  const rows: Record<string, Row[]> = {};
  const ended: Record<string, string[]> = {};
  const complaints: string[] = [];
  const states = new Map<string, object>();
  for (const { type, record, state, log, trace } of messages) {
    if (record) append(rows, record.stream, record.data);
    if (state && type === 'STATE') states.set(state.stream.stream_descriptor.name, state);
    if (trace?.error) complaints.push(trace.error.message);
    if (log && log.level !== 'WARN' && !PROGRESS.test(log.message)) complaints.push(log.message);
    const { status, stream_descriptor: stream } = trace?.stream_status ?? {};
    if (stream && (status === 'COMPLETE' || status === 'INCOMPLETE')) append(ended, status, stream.name);
  }
  return { rows, ended, complaints, state: [...states.values()] };
}

function append<T>(lists: Record<string, T[]>, name: string, value: T): void {
  const list = lists[name];
  if (list) list.push(value);
  else lists[name] = [value];
}
