/** The events of an object, in the in-process product. */
import type Stripe from 'stripe';
import type { PublicApp } from './app.ts';

/** Types of the events about the object (a payment’s charges and refunds among them), oldest first, of the newest hundred. */
export async function eventTypes(app: PublicApp, id: string): Promise<readonly string[]> {
  await app.settleDown();
  const body = id.slice(id.indexOf('_') + 1).slice(0, 22);
  const { data } = await app.stripe.events.list({ limit: 100 });
  return data
    .filter(({ data: { object } }) => JSON.stringify(object).includes(body))
    .map(({ type }) => type)
    .reverse();
}

/** Events whose object has this id, of one type or of all, newest first, of the newest hundred. */
export async function eventsWithObject(app: PublicApp, id: string, type?: string): Promise<readonly Stripe.Event[]> {
  await app.settleDown();
  const { data } = await app.stripe.events.list({ limit: 100, ...(type !== undefined && { type }) });
  return data.filter(({ data: { object } }) => (object as { id?: string }).id === id);
}
