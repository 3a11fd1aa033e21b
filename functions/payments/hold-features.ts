/** What may be asked of a hold, by what Stripe calls it in `payment_method_options[card]`. */
import type { HoldFeature } from '../channels/port/port.ts';
import type { ConfirmParams } from './params.ts';

const FEATURES = [
  ['increment', 'request_incremental_authorization'],
  ['multicapture', 'request_multicapture'],
] as const satisfies readonly (readonly [HoldFeature, string])[];

/** What is asked for after these options; what they do not name stays as it was. Undefined where nothing is, and nothing was. */
export function featuresAfter(
  options: ConfirmParams['payment_method_options'],
  before: readonly HoldFeature[] = [],
): readonly HoldFeature[] | undefined {
  const asked = FEATURES.filter(([feature, name]) => {
    const request = options?.card?.[name];
    return request === undefined ? before.includes(feature) : request === 'if_available';
  }).map(([feature]) => feature);
  return asked.length > 0 || before.length > 0 ? asked : undefined;
}
