/** What the notifications' routes need from the outside. */
import type { Seal } from '../channels/credentials.ts';
import type { Clock } from '../shared/clock.ts';
import type { RandomText } from '../shared/ids.ts';
import type { Table } from '../shared/table.ts';

export interface NotificationsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly seal: Seal;
  /** Local mode only: endpoints may be http and on this machine. */
  readonly allowPrivate: boolean;
}
