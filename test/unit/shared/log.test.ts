import { beforeEach, expect, it, vi } from 'vitest';
import { logger } from '../../../functions/shared/log.ts';
import { Conflict } from '../../../functions/shared/table.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const method of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  return () => vi.restoreAllMocks();
});
const logged = (): Record<string, unknown> => JSON.parse(lines.at(-1)!) as Record<string, unknown>;

it('a line says what happened, to whom and in which function', () => {
  logger('payments-api').info('request', { requestId: 'req_1', status: 200, amount: 2_000n });

  expect(logged()).toMatchObject({
    message: 'request',
    service: 'payments-api',
    requestId: 'req_1',
    status: 200,
    amount: '2000',
  });
});

it.each(['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242', '378282246310005', '6205500000000000004'])(
  'the card number %s is in no line, wherever it stands',
  (number) => {
    const log = logger('vault-api');
    log.error(`refused ${number}.`, {
      nested: [{ text: `x${number}y` }],
      error: new Error(`no ${number}`, { cause: new Error(number) }),
    });

    expect(lines[0]).not.toContain(number);
    expect(lines[0]).toContain('[removed]');
  },
);

it('digits that are no card number stay', () => {
  logger('x').info('at 2026-11-25T12:00:00.000Z', { reference: '1234567890123456', id: 'pi_VVrda1w0123456789012345' });

  expect(logged()).toMatchObject({
    message: 'at 2026-11-25T12:00:00.000Z',
    reference: '1234567890123456',
    id: 'pi_VVrda1w0123456789012345',
  });
});

it('of an error there is its name, message, stack and cause, and nothing that it carries', () => {
  logger('x').error('failed', {
    error: Object.assign(new Conflict(0, { pk: 'a', sk: 'b', email: 'payer@merchant.example' }), {
      cause: new TypeError('why'),
    }),
  });

  const { error } = logged() as { error: { cause: object } };
  expect(Object.keys(error).sort()).toEqual(['cause', 'message', 'name', 'stack']);
  expect(error).toMatchObject({ name: 'Conflict', cause: { name: 'TypeError', message: 'why' } });
  expect(lines[0]).not.toContain('payer@merchant.example');
});
