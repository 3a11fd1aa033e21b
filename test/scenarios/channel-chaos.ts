/** What goes wrong between the product and four channels, as a seed decides: refused, delayed and lost requests, outages, and callbacks that repeat, reorder and go astray. */
import type { FourChannels } from './four-channels.ts';

export type Draw = () => number;
export const oneOf = <T>(draw: Draw, values: readonly T[]): T => values[Math.floor(draw() * values.length)]!;

const STRIPE = [
  'lose_request',
  'lose_response',
  'error_after',
  'error_before',
  'rate_limit',
  'lock_timeout',
  'delay',
] as const;
const ALIPAY = ['request', 'response', 'unsure', 'changed'] as const;
const WECHAT = [
  'drop_request',
  'drop_response',
  'probe',
  'tamper',
  { status: 500, code: 'SYSTEM_ERROR' },
  { status: 429, code: 'FREQUENCY_LIMITED' },
] as const;
const SANDBOX = ['request', 'response'] as const;

/** Share of the steps before which a request is broken, a channel goes down, and time passes. */
const BROKEN = 0.25;
const DOWN = 0.01;
const OUTAGE_STEPS = 12;

export interface Chaos {
  /** Before a step: something may break. */
  readonly disturb: () => void;
  /** After a step: something may arrive, and time may pass. */
  readonly goOn: () => Promise<void>;
  /** Nothing breaks any more, and everything that is on its way arrives. */
  readonly calm: () => void;
  /** All callbacks of all channels, in a way that the seed chooses. */
  readonly deliver: () => Promise<void>;
  /** Time passes, and the janitor runs. */
  readonly pass: (ms: number) => Promise<void>;
  /** How often each thing went wrong. */
  readonly counts: ReadonlyMap<string, number>;
}

export function chaosOf(channels: FourChannels, draw: Draw): Chaos {
  const { app, stripe, alipay, wechat, sandboxLosses } = channels;
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const outages = new Map<string, number>();
  const switches: Readonly<Record<string, (isDown: boolean) => void>> = {
    stripe: (isDown) => {
      stripe.down = isDown;
    },
    alipay: (isDown) => {
      alipay.faults.isDown = isDown;
    },
    wechatpay: (isDown) => wechat.controls.set({ down: isDown }),
  };
  const breaks: readonly (() => string)[] = [
    () => {
      const kind = oneOf(draw, STRIPE);
      stripe.faults.push({ kind, ...(draw() < 0.5 && { method: 'POST' }), ...(kind === 'delay' && { delayMs: 5 }) });
      return `stripe ${kind}`;
    },
    () => {
      const what = oneOf(draw, ALIPAY);
      alipay.faults.losing.push({ what });
      return `alipay ${what}`;
    },
    () => {
      const fault = oneOf(draw, WECHAT);
      wechat.controls.next(fault);
      return `wechatpay ${typeof fault === 'string' ? fault : fault.code}`;
    },
    () => {
      const loss = oneOf(draw, SANDBOX);
      sandboxLosses.push(loss);
      return `sandbox ${loss}`;
    },
    () => {
      alipay.faults.repeats = !alipay.faults.repeats;
      return 'alipay repeats';
    },
  ];

  function outage(): void {
    for (const [name, left] of outages) {
      outages.set(name, left - 1);
      if (left > 0) continue;
      switches[name]!(false);
      outages.delete(name);
    }
    if (draw() >= DOWN) return;
    const name = oneOf(draw, Object.keys(switches));
    switches[name]!(true);
    outages.set(name, OUTAGE_STEPS);
    count(`${name} down`);
  }

  /** Messages repeat, turn around and go astray, in place. Those that go astray never arrive. */
  function mixUp<T>(name: string, messages: T[], mayLose: boolean): void {
    const own = messages.splice(0);
    for (const message of draw() < 0.5 ? own.toReversed() : own) {
      const chance = draw();
      if (mayLose && chance < 0.15) count(`${name} callback lost`);
      else messages.push(message);
      if (chance > 0.8) {
        messages.push(message);
        count(`${name} callback twice`);
      }
    }
  }

  async function deliver(mayLose = true): Promise<void> {
    mixUp('sandbox', app.sandboxCallbacks, mayLose);
    mixUp('alipay', alipay.due, mayLose);
    const reversed = draw() < 0.5;
    const times = draw() < 0.3 ? 2 : 1;
    await stripe.deliver(channels.stripeCallbackUrl, { reversed, times });
    await alipay.deliver();
    await app.settleDown();
  }

  const pass = async (ms: number): Promise<void> => {
    app.later(ms);
    await app.world.janitor(app.world.clock.nowMs());
    await app.settleDown();
  };

  return {
    counts,
    disturb() {
      outage();
      if (draw() < BROKEN) count(oneOf(draw, breaks)());
    },
    async goOn() {
      const chance = draw();
      if (chance < 0.1) await deliver();
      else if (chance < 0.25) await pass(Math.floor(draw() * 120_000));
      // WeChat Pay sends everything again each time.
      if (draw() < 0.01) {
        await wechat.controls.deliver({ reversed: draw() < 0.5, times: draw() < 0.5 ? 2 : 1 });
        count('wechatpay callbacks');
      }
    },
    calm() {
      for (const turn of Object.values(switches)) turn(false);
      stripe.faults.splice(0);
      alipay.faults.losing.splice(0);
      alipay.faults.repeats = false;
      sandboxLosses.splice(0);
    },
    async deliver() {
      await wechat.controls.deliver({ reversed: true });
      await deliver(false);
    },
    pass,
  };
}
