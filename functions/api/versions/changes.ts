/**
 * Every change of a served object between 2022-11-15 and the newest version, newest first. Earlier versions render as 2022-11-15. Members that a
 * version only added are in every rendering: Stripe counts additions as compatible (docs.stripe.com/upgrades).
 */
import type { VersionChange } from './change.ts';
import { chargeMembers } from './charge-members.ts';
import { invoiceMembers } from './invoice-members.ts';
import { productFeatures } from './product-features.ts';
import { productMembers } from './product-members.ts';
import { shippingDetails } from './shipping-details.ts';
import { uiMode } from './ui-mode.ts';

export const VERSION_CHANGES: readonly VersionChange[] = [
  uiMode,
  invoiceMembers,
  shippingDetails,
  productFeatures,
  chargeMembers,
  productMembers,
];
