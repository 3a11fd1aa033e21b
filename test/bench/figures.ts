/** The figures of the model, as `npm run bench` prints them and README.md and ADR 0021 state them. */
import { countPayment } from '../scenarios/payment-counts.ts';
import {
  type Api,
  allIn,
  backups,
  callback,
  newCard,
  payment,
  plain,
  settlements,
  storage,
  sum,
  vaultHop,
  withoutWhole,
} from './cost.ts';
import { stackFacts } from './stack-facts.ts';

export async function figures() {
  const [single, full] = [await countPayment('single'), await countPayment('full')];
  const of = (api: Api) => {
    const stack = stackFacts(api);
    const returning = allIn(single.payment, 'single', stack, api);
    return {
      stack,
      returning,
      returningFull: allIn(full.payment, 'full', stack, api),
      typed: sum(returning, newCard(single.newCard, stack, api)),
      plainFull: withoutWhole(payment(plain(full.payment), 'full', stack, api)),
      callback: callback(single.payment, 'single', stack, api),
      callbackFull: withoutWhole(callback(full.payment, 'full', stack, api)),
      vaultHop: withoutWhole(vaultHop(stack)),
      newCard: withoutWhole(newCard(full.newCard, stack, api)),
      settlements: settlements(stack),
      storage: storage(single.payment, stack),
      backups: backups(single.payment, stack),
    };
  };
  return { http: of('http'), rest: of('rest'), writeUnits: single.payment.writeUnits };
}
