/** A function's rights, asked on each of its calls. */
import type { CallContext, Grants } from './grants.ts';
import type { FunctionModel } from './model-types.ts';
import { ACCOUNT } from './resource-names.ts';

/** Returns where the function may do this to the resource. @throws AccessDenied, or AccessDeniedException where the service calls it so */
export type MayUse = (action: string, resourceArn: string, context?: CallContext) => void;

export function accessOf(grants: Grants, { name, role }: Pick<FunctionModel, 'name' | 'role'>): MayUse {
  return (action, resourceArn, context) => {
    if (!grants.allows(role, action, resourceArn, context)) throw new AccessDenied(name, role, action, resourceArn);
  };
}

/** Services whose error has the shorter name. */
const SHORT = /^(s3|sqs):/;

export class AccessDenied extends Error {
  override readonly name: string;
  readonly $fault = 'client';
  readonly $metadata = { httpStatusCode: 403 };

  constructor(functionName: string, role: string, action: string, resourceArn: string) {
    super(
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${functionName} is not authorized to perform: ${action} on resource: ${resourceArn}`,
    );
    this.name = SHORT.test(action) ? 'AccessDenied' : 'AccessDeniedException';
  }
}
