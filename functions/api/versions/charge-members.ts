/** 2023-08-16: `destination` of charges is removed (CHANGELOG of the npm package `stripe`, 13.0.0). */
import type { VersionChange } from './change.ts';

/** `dispute` leaves them too, and stays in every rendering: Stripe still renders it. */
export const chargeMembers: VersionChange = {
  since: '2023-08-16',
  objects: ['charge'],
  expandable: ['destination'],
  before: (charge) => ({ refunds: null, ...charge, destination: null }),
};
