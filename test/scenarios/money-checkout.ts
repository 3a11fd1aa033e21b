/** What payers and the merchant do with Checkout Sessions, as commands for fast-check. */
import fc from 'fast-check';
import type { Session } from '../../functions/checkout/session.ts';
import { sessionsOf } from '../audit/checkout.ts';
import type { Fault, Simulation } from '../world/simulation.ts';
import { ask, type Command, command, send, sendNew } from './money-model.ts';
import { card, fault, index, text } from './money-requests.ts';

const SECONDS = { 'half an hour': 1_801, 'a day': 86_400 } as const;

const open = fc
  .tuple(fc.integer({ min: 50, max: 9_000 }), fc.boolean(), fc.constantFrom(...Object.keys(SECONDS)), fault)
  .map(([amount, manual, time, broken]) =>
    command(`a session over ${amount}${manual ? ' manual' : ''} for ${time}${text(broken)}`, (model, { sim }) => {
      const seconds = SECONDS[time as keyof typeof SECONDS];
      const params = {
        mode: 'payment',
        success_url: 'https://shop.example/',
        expires_at: String(Math.floor(sim.world.clock.nowMs() / 1000) + seconds),
        'line_items[0][price_data][currency]': 'usd',
        'line_items[0][price_data][unit_amount]': String(amount),
        'line_items[0][price_data][product_data][name]': 'Tea',
        'line_items[0][quantity]': '2',
        ...(manual && { 'payment_intent_data[capture_method]': 'manual' }),
      };
      return sendNew(model, sim, { path: '/v1/checkout/sessions', params, allowed: true }, broken);
    }),
  );

/** One of the sessions in its current state: the read ends one whose time is up. */
async function sessionAt(sim: Simulation, at: number): Promise<Session | undefined> {
  const sessions = sessionsOf(sim);
  const still = sessions.filter(({ status }) => status === 'open');
  const among = at < 3 && still.length > 0 ? still : sessions;
  const found = among[at % Math.max(1, among.length)];
  if (!found) return undefined;
  await sim.request('GET', `/v1/checkout/sessions/cs_test_${found.body}`);
  return sessionsOf(sim).find(({ body }) => body === found.body);
}

const completePath = ({ body }: Session) => `/v1/test_helpers/checkout/sessions/cs_test_${body}/complete`;
const expirePath = ({ body }: Session) => `/v1/checkout/sessions/cs_test_${body}/expire`;

/** While its payer is asked, the channel decides whether another method may pay: the first is closed, or was first. */
const pay = (at: number, method: string, broken: Fault | undefined): Command =>
  command(`session ${at} is paid with ${method}${text(broken)}`, async (model, { sim }) => {
    const session = await sessionAt(sim, at);
    if (!session) return;
    const request = { path: completePath(session), params: { payment_method: method } };
    const allowed = session.status === 'open' && !session.paying;
    if (session.paying && !broken) await send(model, sim, ask(model, request.path, request.params));
    else await sendNew(model, sim, { ...request, allowed }, broken);
  });

/** While its payer is asked, the channel decides whether it ends; that is for races and crashes. */
const end = (at: number, broken: Fault | undefined): Command =>
  command(`session ${at} is ended${text(broken)}`, async (model, { sim }) => {
    const session = await sessionAt(sim, at);
    if (!session) return;
    const request = { path: expirePath(session), allowed: session.status === 'open' && !session.paying };
    if (session.paying && !broken) await send(model, sim, ask(model, request.path));
    else await sendNew(model, sim, request, broken);
  });

export const sessions: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: open },
  { weight: 4, arbitrary: fc.tuple(index, card, fault).map(([at, method, broken]) => pay(at, method, broken)) },
  { weight: 2, arbitrary: fc.tuple(index, fault).map(([at, broken]) => end(at, broken)) },
);

type AtOnce = (model: Parameters<Command['run']>[0], sim: Simulation, at: number) => Promise<void>;
const asked =
  (path: (session: Session) => string): AtOnce =>
  async (model, sim, at) => {
    const found = sessionsOf(sim);
    const session = found[at % Math.max(1, found.length)];
    if (session) await send(model, sim, ask(model, path(session)));
  };

/** Of two things that happen at once. */
export const SESSIONS_AT_ONCE = {
  'a session is paid': asked(completePath),
  'a session is ended': asked(expirePath),
} as const satisfies Record<string, AtOnce>;
