/** What may be asked of a hold, by what Stripe calls it in `payment_method_options[card]`. */
import type { HoldFeature } from '../channels/port/port.ts';
import type { ConfirmParams } from './params.ts';

const FEATURES = [
  ['increment', 'request_incremental_authorization'],
  ['multicapture', 'request_multicapture'],
] as const satisfies readonly (readonly [HoldFeature, string])[];

/** The requested capabilities after these options. Options that are absent change nothing. Undefined when none are requested. */
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
