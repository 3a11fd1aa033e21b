/** The commands of the audit, for IAM credentials of this account. The function that carries them out reads tables and channels, and writes nothing. */
import * as z from 'zod/mini';
import type { Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { listScopes } from '../merchants/store.ts';
import { type AuditDeps, audit } from './audit.ts';
import { SETTLING_MS } from './audit-channel.ts';
import { CommandError } from './command-error.ts';

export interface AuditorDeps extends AuditDeps {
  readonly settings: (scope: Scope) => Promise<Settings>;
}

const mode = z.enum(['test', 'live']);
const commands = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('audit'),
    merchant: z.string(),
    mode,
    /** Minutes for which a difference to the channel may still be on its way. */
    settling: z._default(z.int().check(z.minimum(0), z.maximum(100_000)), SETTLING_MS / 60_000),
    cursor: z.optional(z.string()),
  }),
  z.strictObject({ command: z.literal('scopes'), merchant: z.optional(z.string()), mode: z.optional(mode) }),
]);

/**
 * `scopes`: the merchants and modes that there are, or those that are asked for. `audit`: one step of the audit of one of them.
 * @throws CommandError for a command that is not understood, and where there is no such merchant or mode
 */
export async function carryOutAudit(deps: AuditorDeps, event: unknown): Promise<object> {
  const parsed = z.safeParse(commands, event);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CommandError(`${issue?.path.join('.') || 'command'}: ${issue?.message ?? 'not understood'}`);
  }
  const command = parsed.data;
  const scopes = await scopesOf(deps, command);
  if (command.command === 'scopes') return { scopes };
  const [{ scope }] = scopes as [(typeof scopes)[number]];
  const { cursor, settling } = command;
  return audit(deps, scope, await deps.settings(scope), { cursor, settlingMs: settling * 60_000 });
}

async function scopesOf(
  { table }: AuditorDeps,
  wanted: { readonly merchant?: string | undefined; readonly mode?: 'test' | 'live' | undefined },
) {
  const scopes: { readonly merchant: string; readonly mode: 'test' | 'live'; readonly scope: Scope }[] = [];
  for await (const { merchant, livemode, scope } of listScopes(table)) {
    const own = livemode ? 'live' : 'test';
    if (merchant === (wanted.merchant ?? merchant) && own === (wanted.mode ?? own))
      scopes.push({ merchant, mode: own, scope });
  }
  if (scopes.length === 0 && wanted.merchant !== undefined)
    throw new CommandError(
      `merchant: ${wanted.merchant} ${wanted.mode === undefined ? 'does not exist' : `has no ${wanted.mode} mode`}`,
    );
  return scopes;
}
