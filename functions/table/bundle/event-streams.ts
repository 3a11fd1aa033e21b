/**
 * Stands in the bundles for the SDK's event streams (ADR 0011). Lambda and S3 have operations that stream events, and no function calls one:
 * the clients ask for these exports when they are made, and for the rest when such an operation is called.
 */
export const resolveEventStreamSerdeConfig = <T>(input: T): T => input;

/** @throws always: a function that streams events needs the SDK's own module */
export const eventStreamSerdeProvider = (): never => {
  throw new Error('event streams are left out of the bundles: see bin/bundle.mjs');
};

export class EventStreamSerde {
  /** @throws always */
  constructor() {
    eventStreamSerdeProvider();
  }
}
