/** A merchant's accounts at channels as its secret key reads them: no credentials, and nothing of another merchant. Pure. */
import type { ConnectedAccount } from '../merchants/accounts.ts';
import { capabilityOf, type Instruments } from './port/capabilities.ts';
import { METHOD_TYPES } from './port/instrument.ts';
import { switched } from './routing/routing.ts';

/** What the newest attempts and callbacks of an account show. Times are in seconds. */
export interface AccountHealth {
  /** Attempts of the last day, of the newest that are looked at. */
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The part of those with an outcome that succeeded; null without one. */
  readonly success_rate: number | null;
  /** Median of the time to the outcome, where no payer had to act; null without one. */
  readonly latency_ms: number | null;
  readonly last_error: { readonly code: string; readonly class: string | null; readonly at: number } | null;
  readonly last_callback: number | null;
}

/** One account. `payment_methods`: what it takes as it is switched; a disabled account keeps them for the day on which it is enabled. */
export function renderAccount(
  connected: ConnectedAccount,
  priority: number,
  livemode: boolean,
  capabilities: Instruments,
  health: AccountHealth,
) {
  const { disabled, ...open } = connected;
  const takes = switched(capabilities, open);
  return {
    id: connected.account,
    object: 'channel_account',
    channel: connected.channel,
    environment: livemode ? 'live' : 'test',
    health,
    livemode,
    payment_methods: METHOD_TYPES.flatMap((type) => {
      const capability = capabilityOf(takes, type);
      return capability ? [{ type, currencies: capability.currencies, capture: capability.capture }] : [];
    }),
    priority,
    status: disabled ? 'disabled' : 'enabled',
  } as const;
}
