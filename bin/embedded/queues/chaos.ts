/** Faults that a policy adds to queues, as SQS has them: sends that fail, and standard queues that deliver late, out of order or twice. */

export interface QueueChaos {
  /** `refused`: the send fails and nothing is stored. `lost`: the message is stored, and the sender gets an error. */
  send(queue: string): 'refused' | 'lost' | undefined;
  /** Milliseconds that the delivery of a message is late. Messages that are not late overtake it. */
  lateMs(queue: string): number;
  /** `beside`: the batch is delivered twice at the same time. `later`: its deletion is lost, so it is delivered again. */
  duplicate(queue: string): 'beside' | 'later' | undefined;
}

export interface ChaosRates {
  readonly refused: number;
  readonly lost: number;
  readonly late: number;
  readonly longestMs: number;
  readonly beside: number;
  readonly later: number;
}

/** Faults with these probabilities. `random` is from 0 to 1, from a seed. */
export function queueChaos(random: () => number, rates: ChaosRates): QueueChaos {
  const oneOf = <A, B>(a: A, aRate: number, b: B, bRate: number): A | B | undefined => {
    const drawn = random();
    if (drawn < aRate) return a;
    return drawn < aRate + bRate ? b : undefined;
  };
  return {
    send: () => oneOf('refused', rates.refused, 'lost', rates.lost),
    lateMs: () => (random() < rates.late ? Math.ceil(random() * rates.longestMs) : 0),
    duplicate: () => oneOf('beside', rates.beside, 'later', rates.later),
  };
}
