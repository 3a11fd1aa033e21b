/** What the notifications' routes need from the outside. */
import type { SecretCipher } from '../channels/port/credentials.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import type { SendAll } from '../table/queue.ts';
import type { Table } from '../table/table.ts';

export interface NotificationsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly cipher: SecretCipher;
  /** The queue of deliveries, for redeliveries that a merchant requests. */
  readonly deliveries: SendAll;
  /** Local mode only: endpoints may be http and on this machine. */
  readonly allowPrivate: boolean;
}
