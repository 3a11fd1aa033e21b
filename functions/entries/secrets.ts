/** What several entries open with the key of secrets: webhook secrets, and the credentials of channels. */
import { KMSClient } from '@aws-sdk/client-kms';
import { credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import type { Platform } from './platform.ts';

export const secretsCipher = ({ client, env }: Pick<Platform, 'client' | 'env'>) =>
  kmsCipher(client(KMSClient), env.SECRETS_KEY!);

export const channelCredentials = (on: Pick<Platform, 'client' | 'env' | 'table' | 'clock'>) =>
  credentialStore({ table: on.table, cipher: secretsCipher(on), clock: on.clock });
