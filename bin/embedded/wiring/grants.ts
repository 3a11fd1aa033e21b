/** What roles may do, judged by their policies as IAM judges them: whatever no statement allows is refused. */
import type * as z from 'zod/mini';
import type { statementSchema } from './schemas.ts';

export type Statement = z.infer<typeof statementSchema>;

/** Condition keys of a call and their values, such as `kms:EncryptionContext:purpose`. */
export type CallContext = Readonly<Record<string, string>>;

export interface Grants {
  /** Whether the role may do this to the resource. A role that does not exist may do nothing. */
  allows(role: string, action: string, resourceArn: string, context?: CallContext): boolean;
}

interface Rule {
  readonly resource: (arn: string) => boolean;
  readonly condition: (context: CallContext) => boolean;
}

/** Ready to be asked on every call: statements by role and action, patterns compiled. Policies name their actions without wildcards. */
export function grantsOf(policies: ReadonlyMap<string, readonly Statement[]>): Grants {
  const byRole = new Map([...policies].map(([role, statements]) => [role, rulesOf(statements)]));
  return {
    allows: (role, action, resourceArn, context = {}) =>
      byRole
        .get(role)
        ?.get(action)
        ?.some(({ resource, condition }) => resource(resourceArn) && condition(context)) ?? false,
  };
}

function rulesOf(statements: readonly Statement[]): ReadonlyMap<string, readonly Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const { Action, Resource, Condition = {} } of statements) {
    const condition = conditionOf(Condition);
    for (const action of Action) {
      if (/[*?]/.test(action)) throw new Error(`template: policy: action ${action}: wildcards are not known`);
      const known = rules.get(action) ?? [];
      rules.set(action, known);
      for (const pattern of Resource) known.push({ resource: matching(pattern), condition });
    }
  }
  return rules;
}

/** `*` stands for any characters, also none and also `:` and `/`; `?` for one. */
function matching(pattern: string): (arn: string) => boolean {
  if (pattern.includes('${')) throw new Error(`template: policy: resource ${pattern}: variables are not known`);
  if (!/[*?]/.test(pattern)) return (arn) => arn === pattern;
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const form = new RegExp(`^${source}$`, 's');
  return (arn) => form.test(arn);
}

/** Every pair of every operator must hold. `IfExists` holds where the call has no such key. */
function conditionOf({
  StringEquals = {},
  StringEqualsIfExists = {},
}: NonNullable<Statement['Condition']>): (context: CallContext) => boolean {
  const must = Object.entries(StringEquals);
  const may = Object.entries(StringEqualsIfExists);
  return (context) =>
    must.every(([key, value]) => context[key] === value) &&
    may.every(([key, value]) => context[key] === undefined || context[key] === value);
}
