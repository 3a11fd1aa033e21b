/** Types of the events that a commit of a Checkout Session announces: its end, once. Payments by card have no other news than that (docs/api.md). */
import type { Session } from './session.ts';

export function sessionTypes(old: Session | undefined, { status }: Session): readonly string[] {
  if (old?.status === status || status === 'open') return [];
  return [status === 'complete' ? 'checkout.session.completed' : 'checkout.session.expired'];
}
