/** The request to forward, between a function of this release and one of version 0.1 during an upgrade. There, the instrument was `card`. */
import type { Instrument } from '../channels/port/instrument.ts';
import type { ForwardRequest } from './port/port.ts';

export interface EarlierRequest {
  readonly scope: ForwardRequest['scope'];
  readonly request: Omit<ForwardRequest['request'], 'instrument'> & { readonly card: Instrument };
}

/** What to send, so that either release understands it. */
export const alsoForEarlier = ({ request, ...rest }: ForwardRequest): ForwardRequest & EarlierRequest => ({
  ...rest,
  request: { ...request, card: request.instrument },
});

/** What was sent, by either release. */
export const currentRequest = ({ request, ...rest }: ForwardRequest | EarlierRequest): ForwardRequest => ({
  ...rest,
  request: 'instrument' in request ? request : { ...request, instrument: request.card },
});
