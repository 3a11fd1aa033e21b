/** Webhooks to a receiver on this machine, where a developer's is: a connection for each costs more than the request. */
import { Agent } from 'node:http';
import type { sendWebhook } from '../../../functions/notifications/sender.ts';

type SendWebhook = typeof sendWebhook;

const LOCAL = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/;
const MOST_CONNECTIONS = 16;

/** Keeps the connections to addresses of this machine. All others are sent as on AWS, where each attempt has its address checked. */
export function localWebhooks(send: SendWebhook): SendWebhook {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: MOST_CONNECTIONS });
  return (options) => send(options.allowPrivate && LOCAL.test(options.url) ? { ...options, agent } : options);
}
