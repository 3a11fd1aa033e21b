/** What the notifications' routes need from the outside. */
import type { Seal } from '../channels/credentials.ts';
import type { Clock } from '../shared/clock.ts';
import type { RandomText } from '../shared/ids.ts';
import type { SendAll } from '../shared/queue.ts';
import type { Table } from '../shared/table.ts';

export interface NotificationsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly seal: Seal;
  /** The queue of deliveries: what a merchant asks to be told again. */
  readonly deliveries: SendAll;
  /** Local mode only: endpoints may be http and on this machine. */
  readonly allowPrivate: boolean;
}
