/**
 * The contract of a channel module: what the port promises, as cases that run over the module's client and a simulator of the channel. A case
 * applies to an instrument where the channel's capabilities say so.
 */
import { capabilityOf } from '../../functions/channels/port/capabilities.ts';
import { AMOUNTS } from './channel-amounts.ts';
import { benchOf, type ChannelUnderTest, type ContractInstrument, type Offer } from './channel-bench.ts';
import { CALLBACKS, DISPUTES } from './channel-callbacks.ts';
import { HANDLES } from './channel-handles.ts';
import { HOLDS, INCREMENTS, REFUNDS } from './channel-money.ts';
import { CLOSES, RESUMES } from './channel-orders.ts';
import { PAYMENTS } from './channel-payments.ts';
import { RECOVERY } from './channel-recovery.ts';

/** All cases that apply to an instrument, each as its title and a run that starts from a fresh channel. */
export function contractCases(
  offer: Offer,
  start: () => Promise<ChannelUnderTest>,
  chosen: ContractInstrument,
): readonly (readonly [string, () => Promise<void>])[] {
  const type = chosen.instrument.kind === 'wallet' ? chosen.instrument.type : 'card';
  const capability = capabilityOf(offer.capabilities, type);
  if (!capability) throw new Error(`the channel does not take ${type}`);
  return [
    ...PAYMENTS,
    ...RESUMES,
    ...CLOSES,
    ...HOLDS,
    ...INCREMENTS,
    ...REFUNDS,
    ...HANDLES,
    ...RECOVERY,
    ...CALLBACKS,
    ...AMOUNTS,
    ...DISPUTES,
  ]
    .filter(({ applies = () => true }) => applies(capability, { ...offer, ...chosen }))
    .map(({ title, run }) => [
      title,
      async () => {
        const under = await start();
        try {
          await run(benchOf(under, chosen, capability));
        } finally {
          await under.close();
        }
      },
    ]);
}
