/** 2026-03-25: `ui_mode` of a Checkout Session has new values (docs.stripe.com/changelog/dahlia/2026-03-25/updates-available-checkout-session-ui-modes). */
import type { VersionChange } from './change.ts';

const BEFORE: Readonly<Record<string, string>> = {
  hosted_page: 'hosted',
  embedded_page: 'embedded',
  elements: 'custom',
};

export const uiMode: VersionChange = {
  since: '2026-03-25',
  objects: ['checkout.session'],
  before: (session) => ({ ...session, ui_mode: BEFORE[session.ui_mode as string] ?? session.ui_mode }),
};
