/** One JSON line per event, by powertools; what identifies a person or a card is never a field. */
import { Logger } from '@aws-lambda-powertools/logger';

export type { Logger } from '@aws-lambda-powertools/logger';

/** The logger of one function, named as in lib/functions.json. */
export const logger = (serviceName: string): Logger => new Logger({ serviceName });
