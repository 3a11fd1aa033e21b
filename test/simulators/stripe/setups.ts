/** Setup intents of the simulator: cards that are verified for payments without their owners. */
import type { SetupRecord } from './books.ts';
import { cardError, missing, refused } from './errors.ts';
import { type Form, formIn, textOf, textsIn } from './form.ts';
import { cardIn } from './payments.ts';
import { renderSetup } from './render.ts';
import { emit, type World } from './world.ts';

const shown = (world: World, setup: SetupRecord) => renderSetup(setup, world.base());
const announce = (world: World, type: string, setup: SetupRecord): void =>
  emit(world, `setup_intent.${type}`, shown(world, setup));

/** Makes a setup intent and confirms it. */
export function createSetup(world: World, form: Form) {
  const card = cardIn(form);
  const returnUrl = textOf(form, 'return_url');
  const setup: SetupRecord = {
    id: world.id('seti'),
    created: world.nowSeconds(),
    card,
    metadata: textsIn(form, 'metadata'),
    ...(returnUrl !== undefined && { returnUrl }),
    status: 'requires_payment_method',
  };
  world.books.setups.set(setup.id, setup);
  announce(world, 'created', setup);
  const options = formIn(formIn(form, 'payment_method_options'), 'card');
  const isAsked = textOf(options, 'request_three_d_secure') !== undefined;
  if (card.challenge === 'required' || (card.challenge === 'optional' && isAsked)) {
    setup.status = 'requires_action';
    announce(world, 'requires_action', setup);
  } else if (card.decline) {
    const { code, declineCode, message } = card.decline;
    throw fail(world, setup, { code, ...(declineCode !== undefined && { decline_code: declineCode }), message });
  } else succeed(world, setup);
  return shown(world, setup);
}

function fail(world: World, setup: SetupRecord, why: { readonly code: string; readonly message: string }) {
  setup.status = 'requires_payment_method';
  setup.lastError = { ...why, type: 'card_error' };
  announce(world, 'setup_failed', setup);
  return cardError({ ...why, setup_intent: shown(world, setup) });
}

function succeed(world: World, setup: SetupRecord): void {
  setup.status = 'succeeded';
  announce(world, 'succeeded', setup);
}

export function setupOf(world: World, id: string): SetupRecord {
  const setup = world.books.setups.get(id);
  if (!setup) throw missing('setup_intent', id, 'intent');
  return setup;
}

export function cancelSetup(world: World, id: string) {
  const setup = setupOf(world, id);
  if (!['requires_payment_method', 'requires_action'].includes(setup.status))
    throw refused(`You cannot cancel this SetupIntent because it has a status of ${setup.status}.`, {
      code: 'setup_intent_unexpected_state',
      setup_intent: shown(world, setup),
    });
  setup.status = 'canceled';
  announce(world, 'canceled', setup);
  return shown(world, setup);
}

/** The card's owner passes the challenge, or fails it. */
export function answerSetupChallenge(world: World, setup: SetupRecord, passes: boolean): void {
  if (setup.status !== 'requires_action') return;
  if (passes) succeed(world, setup);
  else
    fail(world, setup, {
      code: 'setup_intent_authentication_failure',
      message: 'The latest attempt to set up the payment method has failed because authentication failed.',
    });
}
