/** The operations of the notifications context. */
import { endpointOperations } from './endpoints.ts';
import { listEvents, retrieveEvent } from './events.ts';

export const notificationsOperations = [...endpointOperations, listEvents, retrieveEvent] as const;
