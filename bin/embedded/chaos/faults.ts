/** Faults on demand: which kinds there are, how often they happen, and when the next one does. A seed decides. */
import { type QueueChaos, queueChaos } from '../queues/chaos.ts';
import { seeded } from './seeded.ts';

/**
 * `refused`: a call to a service fails before it does anything, as a throttled one does. `lost`: it does its work, and the caller gets an error.
 * `crash`: the function ends there, before or after a call. `late`, `twice`: messages are delivered late, which reorders them, or twice.
 */
export const FAULTS = ['refused', 'lost', 'crash', 'late', 'twice'] as const;
export type Fault = (typeof FAULTS)[number];

export interface ChaosSettings {
  /** The same seed draws the same faults, as long as the same calls come in the same order. */
  readonly seed: number;
  /** The probability of each kind of fault at each place where it can happen: above 0, at most 0.5. */
  readonly rate: number;
  readonly faults: readonly Fault[];
}

const DEFAULT_RATE = 0.01;
const HIGHEST_RATE = 0.5;

/** What `--chaos` says, as in `seed=7,rate=0.02,faults=late+twice`; or what is wrong with it. */
export function settingsOf(text: string): ChaosSettings | string {
  const given = new Map(text.split(',').map((part) => part.split('=', 2) as [string, string | undefined]));
  const unknown = [...given.keys()].find((name) => !['seed', 'rate', 'faults'].includes(name));
  if (unknown !== undefined) return `there is no ${unknown || 'empty name'}`;
  const [seed, rate] = [given.get('seed') ?? '', given.get('rate') ?? String(DEFAULT_RATE)];
  if (!/^\d{1,9}$/.test(seed)) return 'seed must be a whole number of up to nine digits';
  if (!/^0?\.\d{1,6}$/.test(rate) || !(Number(rate) > 0 && Number(rate) <= HIGHEST_RATE))
    return `rate must be above 0 and at most ${HIGHEST_RATE}`;
  const names = given.get('faults')?.split('+') ?? FAULTS;
  const faults = FAULTS.filter((fault) => names.includes(fault));
  if (faults.length !== new Set(names).size) return `faults must be some of ${FAULTS.join('+')}`;
  return { seed: Number(seed), rate: Number(rate), faults };
}

export interface Faults {
  /** Whether this fault happens here and now. */
  happens(fault: Fault): boolean;
  readonly queues: QueueChaos;
}

/** Messages are late by less than this: long enough to be overtaken, and short enough to wait for. */
const LONGEST_LATE_MS = 10_000;

/** Each kind draws from a sequence of its own, so leaving one out does not change when the others happen. */
export function faultsOf({ seed, rate, faults }: ChaosSettings): Faults {
  const draws = new Map(faults.map((fault) => [fault, seeded(seed + FAULTS.indexOf(fault) * 1_000_003)]));
  const rateOf = (fault: Fault): number => (faults.includes(fault) ? rate : 0);
  return {
    happens(fault) {
      const draw = draws.get(fault);
      return draw !== undefined && draw() < rate;
    },
    queues: queueChaos(seeded(seed), {
      // A send is refused or lost where a function calls for it.
      refused: 0,
      lost: 0,
      late: rateOf('late'),
      longestMs: LONGEST_LATE_MS,
      beside: rateOf('twice') / 2,
      later: rateOf('twice') / 2,
    }),
  };
}
