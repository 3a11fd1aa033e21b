/** What becomes of a resource with content when its stack goes. */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Options } from './options.ts';

/**
 * On AWS it is kept, whatever deletes or replaces it, except when the very deployment that creates it fails: then it is empty, and
 * nothing is left behind. Elsewhere it is deleted.
 */
export const retainedOn = ({ target }: Pick<Options, 'target'>): RemovalPolicy =>
  target === 'aws' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
