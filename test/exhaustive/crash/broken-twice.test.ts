/** Two requests under one key break, each at any of its awaits. What the third one is answered, every later one is answered too. */
import { expect, it } from 'vitest';
import { HttpFailure } from '../../../functions/kernel/http-client.ts';
import { created, pay } from '../../scenarios/crash-operations.ts';
import { comeToRest, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

/** Beyond the last await nothing breaks. */
const MOST = 100;
const AGAIN = [409, 429, 500];

const OPERATIONS: Readonly<
  Record<string, readonly [before: Record<string, string>, path: string, params: Record<string, string>]>
> = {
  cancel: [{ ...pay, payment_method: 'pm_card_authenticationRequired' }, '/v1/payment_intents/{id}/cancel', {}],
  capture: [{ ...pay, capture_method: 'manual' }, '/v1/payment_intents/{id}/capture', { amount_to_capture: '6000' }],
  confirmation: [
    { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' },
    '/v1/payment_intents/{id}/confirm',
    {},
  ],
};

it.each(Object.entries(OPERATIONS))(
  'a %s that does not arrive at the channel has one answer, whatever two requests died before it',
  async (_name, [before, path, params]) => {
    const start = await simulate();
    const { intent } = await created(start, before);
    const operate = (sim: Simulation): Promise<Answer> =>
      sim.request('POST', path.replace('{id}', intent!), params, 'key');
    /** The request dies there, without a channel. Returns whether it died. */
    const dies = async (sim: Simulation, n: number): Promise<boolean> => {
      sim.onChannel = async () => {
        throw new HttpFailure('out of reach');
      };
      const passed = await sim.broken({ n, how: 'dies' }, () => operate(sim));
      sim.onChannel = undefined;
      return passed >= n;
    };
    const differing: string[] = [];
    let tried = 0;
    for (let first = 1; first < MOST; first++) {
      const once = start.fork();
      if (!(await dies(once, first))) break;
      once.move(LEASE_OVER_MS);
      for (let second = 1; second < MOST; second++) {
        const sim = once.fork();
        const hasDied = await dies(sim, second);
        const answer = await operate(sim);
        await comeToRest(sim);
        sim.move(LEASE_OVER_MS);
        const later = await operate(sim);
        tried += 1;
        if (!AGAIN.includes(answer.status) && JSON.stringify(later.body) !== JSON.stringify(answer.body))
          differing.push(`${first} and ${second}: ${answer.status}, then ${later.status}`);
        if (!hasDied) break;
      }
    }
    expect(tried).toBeGreaterThan(30);
    expect(differing).toEqual([]);
  },
);
