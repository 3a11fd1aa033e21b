/** The operations of the notifications context. */
import { endpointOperations } from './endpoints.ts';
import { listEvents } from './event-list.ts';
import { retrieveEvent, retryEvent } from './events.ts';
import { listFailedDeliveries } from './failed-deliveries.ts';

export const notificationsOperations = [
  ...endpointOperations,
  listFailedDeliveries,
  listEvents,
  retrieveEvent,
  retryEvent,
] as const;
