/** The switches of an account at a channel, as an operator asks for them. Pure. */
import { capabilityOf, type Instruments, takesCurrency } from '../channels/port/capabilities.ts';
import { METHOD_TYPES, type MethodType } from '../channels/port/instrument.ts';
import { switched } from '../channels/routing/routing.ts';
import type { Choice, ConnectedAccount } from '../merchants/accounts.ts';
import { CommandError } from './command-error.ts';

/** What is switched. Neither: the whole account. */
export interface AskedSwitches {
  readonly methods?: readonly MethodType[] | undefined;
  readonly currencies?: readonly string[] | undefined;
}

type Switches = Pick<ConnectedAccount, 'methods' | 'currencies'>;

/**
 * The switches of a new account that takes these methods and currencies alone; all of them where none are named.
 * @throws CommandError for what its channel does not take, and where the methods take none of the currencies
 */
export function onlyThese(asked: AskedSwitches, capabilities: Instruments): Switches {
  assertTaken(asked, capabilities);
  const { methods, currencies } = asked;
  const switches = {
    ...(methods && { methods: { only: methods } }),
    ...(currencies && { currencies: { only: currencies } }),
  };
  if (!takesAnything(capabilities, switches))
    throw new CommandError('currency: no method that is named takes a currency that is named');
  return switches;
}

/**
 * The account after methods and currencies of it, or all of it, were switched on or off.
 * @throws CommandError for what its channel does not take, and where no method or no currency would be left
 */
export function switchedTo(
  account: ConnectedAccount,
  asked: AskedSwitches & { readonly on: boolean },
  capabilities: Instruments,
): ConnectedAccount {
  const { disabled, methods, currencies, ...plain } = account;
  const { on, methods: these, currencies: those } = asked;
  const choices = (nextMethods?: Choice, nextCurrencies?: Choice) => ({
    ...(nextMethods && { methods: nextMethods }),
    ...(nextCurrencies && { currencies: nextCurrencies }),
  });
  if (!these && !those) return { ...plain, ...(!on && { disabled: true }), ...choices(methods, currencies) };
  assertTaken(asked, capabilities);
  const next = {
    ...plain,
    ...(disabled && { disabled }),
    ...choices(changed(methods, these, on), changed(currencies, those, on)),
  };
  if (!on && !takesAnything(capabilities, { methods: next.methods }))
    throw new CommandError('method: no method would be left; disable the whole account');
  if (!on && !takesAnything(capabilities, next))
    throw new CommandError('currency: no currency would be left; disable the whole account');
  return next;
}

/** Whether a method is left with a currency, the account being enabled. */
function takesAnything(
  capabilities: Instruments,
  { methods, currencies }: { readonly methods?: Choice | undefined; readonly currencies?: Choice | undefined },
): boolean {
  const open = { channel: '', account: '', ...(methods && { methods }), ...(currencies && { currencies }) };
  const takes = switched(capabilities, open);
  return METHOD_TYPES.some((type) => capabilityOf(takes, type) !== undefined);
}

function changed(choice: Choice | undefined, values: readonly string[] | undefined, on: boolean): Choice | undefined {
  if (!values) return choice;
  if (choice && 'only' in choice) {
    const only = on
      ? [...new Set([...choice.only, ...values])]
      : choice.only.filter((value) => !values.includes(value));
    if (only.length === 0) throw new CommandError('disable: nothing would be left; disable the whole account');
    return { only };
  }
  const before = choice?.except ?? [];
  const except = on ? before.filter((value) => !values.includes(value)) : [...new Set([...before, ...values])];
  return except.length > 0 ? { except } : undefined;
}

/** @throws CommandError for a method that the channel does not take, and for a currency that it takes with none of them */
function assertTaken({ methods = [], currencies = [] }: AskedSwitches, capabilities: Instruments): void {
  const strange = methods.find((type) => !capabilityOf(capabilities, type));
  if (strange) throw new CommandError(`method: the channel does not take ${strange}`);
  const taken = METHOD_TYPES.flatMap((type) => capabilityOf(capabilities, type) ?? []);
  const unknown = currencies.find((currency) => !taken.some((capability) => takesCurrency(capability, currency)));
  if (unknown !== undefined) throw new CommandError(`currency: the channel does not take ${unknown}`);
}

/** `all`, `only a, b` or `all but a, b`. */
export const renderedChoice = (choice: Choice | undefined): string => {
  if (!choice) return 'all';
  return 'only' in choice ? `only ${choice.only.join(', ')}` : `all but ${choice.except.join(', ')}`;
};
