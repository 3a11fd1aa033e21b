/** What one function may do, by the policies of its role in the template. */
import type { CallContext, Grants } from '../wiring/grants.ts';

/** The role has no right to this, as AWS says it. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDeniedException';
}

/** Throws `AccessDenied` where the function may not do this to the resource. */
export type MayUse = (action: string, resourceArn: string, context?: CallContext) => void;

export const accessOf =
  (grants: Grants, { name, role }: { readonly name: string; readonly role: string }): MayUse =>
  (action, resourceArn, context) => {
    if (!grants.allows(role, action, resourceArn, context))
      throw new AccessDenied(`${name} is not authorized to perform: ${action} on resource: ${resourceArn}`);
  };
