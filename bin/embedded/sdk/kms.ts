/** Of @aws-sdk/client-kms. */
import { Client, Command, ServiceException } from './parts.ts';

export class KMSClient extends Client {}
export class EncryptCommand extends Command<object> {}
export class DecryptCommand extends Command<object> {}
export class GenerateDataKeyCommand extends Command<object> {}
export class GenerateMacCommand extends Command<object> {}
export class KMSServiceException extends ServiceException {
  constructor(given: { readonly message: string; readonly name?: string }) {
    super(given);
    this.name = given.name ?? this.name;
  }
}
export class IncorrectKeyException extends ServiceException {}
export class InvalidCiphertextException extends ServiceException {}
export class InvalidKeyUsageException extends ServiceException {}
export class NotFoundException extends ServiceException {}
