/** A card's security code, as far as one can tell by looking at it. */
import { cardError } from '../api/errors.ts';

/** @throws 402 invalid_cvc */
export function checkCvc(brand: string, cvc: string | undefined): void {
  if (cvc === undefined || (brand === 'amex' ? /^[0-9]{3,4}$/ : /^[0-9]{3}$/).test(cvc)) return;
  throw cardError("Your card's security code is invalid.", { code: 'invalid_cvc', param: 'cvc' });
}
