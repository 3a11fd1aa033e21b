/**
 * Stands in the bundles for the cache of DynamoDB's endpoint discovery (ADR 0011). Discovery is off unless it is configured, so nothing is
 * ever cached; with it off, the SDK only asks for what is not there.
 */
export class EndpointCache {
  getEndpoint(): undefined {
    return undefined;
  }
  get(): undefined {
    return undefined;
  }
  has(): false {
    return false;
  }
  set(): void {}
  delete(): void {}
  clear(): void {}
}
