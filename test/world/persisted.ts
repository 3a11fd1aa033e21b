/** What a simulation has stored, as text that is compared. */
import type { Simulation } from './simulation.ts';

/** All that outlives the process: equal states have equal futures. */
export const persisted = (sim: Simulation): string => textOf(sim, sim.world.table.dump());

/** The same without the callbacks that are stored as they came: one that is sent again is stored again. */
export function persistedRecords(sim: Simulation): string {
  const { channels = [], ...tables } = sim.world.table.dump();
  return textOf(sim, { ...tables, channels: channels.filter(({ pk }) => !pk.startsWith('cb#')) });
}

const textOf = (sim: Simulation, tables: ReturnType<Simulation['world']['table']['dump']>): string =>
  JSON.stringify(
    [
      tables,
      [
        ...sim.channel.state.charges.values(),
        ...sim.channel.state.refunds.values(),
        ...sim.channel.state.payouts.values(),
      ],
      sim.channel.callbacks,
      [...sim.world.files],
      sim.world.state.queues,
      sim.world.state.waiting,
      sim.world.state.read,
    ],
    (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
    },
  );
