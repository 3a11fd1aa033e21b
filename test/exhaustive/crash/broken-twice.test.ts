/** Two requests under one key break, each at any of its awaits. What the third one is answered, every later one is answered too. */
import { expect, it } from 'vitest';
import { HttpFailure } from '../../../functions/kernel/http-client.ts';
import { created, pay } from '../../scenarios/crash-operations.ts';
import { comeToRest, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

/** Beyond the last await nothing breaks. */
const MOST = 100;
const AGAIN = [409, 429, 500];

it('a cancel whose void is lost has one answer, whatever two requests died before it', async () => {
  const start = await simulate();
  const { intent } = await created(start, { ...pay, payment_method: 'pm_card_authenticationRequired' });
  const cancel = (sim: Simulation): Promise<Answer> =>
    sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'key');
  /** The request dies there, without a channel. Returns whether it died. */
  const dies = async (sim: Simulation, n: number): Promise<boolean> => {
    sim.onChannel = async () => {
      throw new HttpFailure('out of reach');
    };
    const passed = await sim.broken({ n, how: 'dies' }, () => cancel(sim));
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
      const answer = await cancel(sim);
      await comeToRest(sim);
      sim.move(LEASE_OVER_MS);
      const later = await cancel(sim);
      tried += 1;
      if (!AGAIN.includes(answer.status) && JSON.stringify(later.body) !== JSON.stringify(answer.body))
        differing.push(`${first} and ${second}: ${answer.status}, then ${later.status}`);
      if (!hasDied) break;
    }
  }
  expect(tried).toBeGreaterThan(30);
  expect(differing).toEqual([]);
});
