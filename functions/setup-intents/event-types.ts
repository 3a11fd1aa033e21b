/** Types of the events that a commit of a setup intent announces. Pure. */
import { lastSetupAttempt, type SetupIntent } from './setup-intent.ts';

const STATUS_EVENTS: Readonly<Partial<Record<SetupIntent['status'], string>>> = {
  requires_action: 'setup_intent.requires_action',
  succeeded: 'setup_intent.succeeded',
  canceled: 'setup_intent.canceled',
};

export function setupTypes(old: SetupIntent | undefined, intent: SetupIntent): readonly string[] {
  if (!old) return ['setup_intent.created'];
  if (old.status === intent.status) return [];
  const failed = intent.status === 'requires_payment_method' && lastSetupAttempt(intent)?.status === 'failed';
  if (failed && lastSetupAttempt(old)?.status !== 'failed') return ['setup_intent.setup_failed'];
  const type = STATUS_EVENTS[intent.status];
  return type === undefined ? [] : [type];
}
