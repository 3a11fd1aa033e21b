/** One merchant, from the first payment to the money in the bank and books that are zero: only the public API and the operator. */
import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { eventually, newMerchant, settle, stripeFor, webhookListener } from '../support/deployed.ts';
