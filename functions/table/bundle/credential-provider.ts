/**
 * Stands in the bundles for the SDK's chain of credential providers (ADR 0011): Lambda puts a function's credentials into its
 * environment, on AWS and on the emulators, so the chain's other links, and the clients of STS and SSO behind them, are never asked.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
