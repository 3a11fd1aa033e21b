/** A merchant with several accounts at the sandbox: what the first does not accept, another takes. */
import type { ChannelAccount } from '../../functions/channels/port/port.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import type { Simulation } from '../world/simulation.ts';

/** Not accepted by the first account of a merchant. */
export const NOT_ACCEPTED = 'pm_card_sandbox_notAccepted';

/** Opens further accounts for the merchant. Returns all of its accounts, in the order in which they are tried. */
export async function withFurtherAccounts(sim: Simulation, count = 1): Promise<readonly ChannelAccount[]> {
  const { accounts } = await loadSettings(sim.world.table, sim.scope);
  const more: ChannelAccount[] = [];
  for (let n = 0; n < count; n++) more.push({ channel: 'sandbox', account: (await sim.channel.open(true)).account });
  await sim.agree({ accounts: [...accounts, ...more] });
  return [...accounts, ...more];
}
