/** Verified callbacks as they came: evidence in a dispute with the channel, and what an operator can apply again. */
import { pack, unpack } from '../../table/pack.ts';
import { absent, type Item, type Table, type Write } from '../../table/table.ts';
import type { CallbackFact, CallbackMessage, ChannelAccount } from '../port/port.ts';

const RETENTION_SECONDS = 400 * 24 * 3600;

const callbacksOf = ({ channel, account }: ChannelAccount): string => `cb#${channel}#${account}`;
/** By the time of its arrival. The mark puts it behind the callbacks that 0.1 stored, whose key is the channel's own name of the message. */
const idOf = ({ receivedMs, dedupe }: Pick<CallbackMessage, 'receivedMs' | 'dedupe'>): string =>
  `~${String(receivedMs).padStart(14, '0')}#${dedupe}`;

/** The bytes and the fact in one attribute, which repeats what both have: together they stay within one write unit. */
interface Stored {
  /** The bytes, where they are UTF-8: nearly every channel sends text. */
  readonly text?: string;
  readonly base64?: string;
  readonly fact: CallbackFact;
  readonly livemode: boolean;
}

function packable(raw: Buffer): Pick<Stored, 'text' | 'base64'> {
  const text = raw.toString('utf8');
  return Buffer.from(text, 'utf8').equals(raw) ? { text } : { base64: raw.toString('base64') };
}

/** The callback as it came, before it is applied. Conflicts when the same message of the queue was stored before. */
export const writeCallback = (message: CallbackMessage): Write => ({
  kind: 'put',
  table: 'channels',
  item: {
    pk: callbacksOf(message),
    sk: idOf(message),
    doc: pack({
      ...packable(Buffer.from(message.rawBase64, 'base64')),
      fact: message.fact,
      livemode: message.livemode,
    }),
    receivedMs: message.receivedMs,
    expiresAt: Math.floor(message.receivedMs / 1000) + RETENTION_SECONDS,
  },
  when: absent,
});

export interface StoredCallback extends ChannelAccount {
  /** Names it among the account's. */
  readonly id: string;
  readonly dedupe: string;
  readonly receivedMs: number;
  readonly raw: Uint8Array;
  /** What can be applied again; 0.1 stored the bytes alone. */
  readonly message?: CallbackMessage;
}

/** A page of the account's callbacks, newest first. Those that 0.1 stored come last, in no order. */
export async function listCallbacks(
  table: Pick<Table, 'query'>,
  account: ChannelAccount,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly callbacks: readonly StoredCallback[]; readonly after?: string }> {
  const page = await table.query('channels', {
    pk: callbacksOf(account),
    newestFirst: true,
    limit,
    ...(after !== undefined && { after }),
  });
  return {
    callbacks: page.items.map((item) => storedCallback(account, item)),
    ...(page.after !== undefined && { after: page.after }),
  };
}

/** When the account's newest callback arrived; undefined before the first that this release stored. */
export async function newestCallbackMs(
  table: Pick<Table, 'query'>,
  account: ChannelAccount,
): Promise<number | undefined> {
  const page = await table.query('channels', { pk: callbacksOf(account), from: '~', newestFirst: true, limit: 1 });
  const [newest] = page.items;
  return newest && Number(newest.receivedMs);
}

/** The callback of this id, if the account has it. */
export async function loadCallback(
  table: Pick<Table, 'get'>,
  account: ChannelAccount,
  id: string,
): Promise<StoredCallback | undefined> {
  const item = await table.get('channels', { pk: callbacksOf(account), sk: id });
  return item && storedCallback(account, item);
}

function storedCallback({ channel, account }: ChannelAccount, item: Item): StoredCallback {
  const { sk: id, raw: bytes, doc, receivedMs } = item;
  const at = { channel, account, dedupe: id.replace(/^~\d+#/, ''), receivedMs: Number(receivedMs) };
  if (doc === undefined) return { ...at, id, raw: bytes as Uint8Array };
  const { text, base64 = '', fact, livemode } = unpack<Stored>(doc as Uint8Array);
  const raw = text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text, 'utf8');
  return { ...at, id, raw, message: { ...at, livemode, rawBase64: raw.toString('base64'), fact } };
}
