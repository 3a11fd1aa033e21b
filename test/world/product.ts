/** The product that a client runs against: in this process, or the stack that `npm start` runs here (`npm run clients -- --started`). */
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { changeSettings } from '../../functions/operator/settings.ts';
import { settle } from '../scenarios/available-funds.ts';
import { scopeOfApp, startApp } from './app.ts';
import { deployed, newMerchant, settle as settleDeployed } from './deployed.ts';

/** With one new merchant, who is paid out without delay. */
export interface Product {
  readonly baseUrl: string;
  readonly merchant: string;
  readonly secretKey: string;
  readonly stripe: Stripe;
  /** Gives the merchant another bank account, as the operator does. */
  readonly setBank: (last4: string) => Promise<void>;
  /** Closes the merchant's day and waits for its payout. */
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const startProduct = (): Promise<Product> =>
  process.env.SLUICE_CLIENTS === 'started' ? onStartedStack() : inThisProcess();

async function onStartedStack(): Promise<Product> {
  const { baseUrl, operator } = deployed();
  const { merchant, secretKey, stripe } = await newMerchant();
  return {
    baseUrl,
    merchant,
    secretKey,
    stripe,
    setBank: async (bankLast4) => void (await operator('set', { merchant, bankLast4 })),
    settle: async () => void (await settleDeployed(merchant)),
    stop: async () => {},
  };
}

/** Its queues and its stream are worked off all the time, as on the deployed stack. */
async function inThisProcess(): Promise<Product> {
  const app = await startApp();
  const { table, clock, payments } = app.world;
  let stopped = false;
  const busy = (async () => {
    while (!stopped) {
      await app.settleDown();
      await sleep(20);
    }
  })();
  return {
    baseUrl: app.baseUrl,
    merchant: app.merchant.merchant,
    secretKey: app.merchant.test.secretKey,
    stripe: app.stripe,
    setBank: async (bankLast4) =>
      void (await changeSettings({ table, clock, random: payments.random }, scopeOfApp(app), { bankLast4 })),
    settle: () => settle(app, scopeOfApp(app)),
    async stop() {
      stopped = true;
      await busy;
      await app.stop();
    },
  };
}
