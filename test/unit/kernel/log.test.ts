import { beforeEach, expect, it, vi } from 'vitest';
import { aws } from '../../../functions/entries/aws.ts';
import { logger } from '../../../functions/kernel/log.ts';
import { Conflict } from '../../../functions/table/table.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const method of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  return () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  };
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

it('only a warning or an error names the trace', () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-6735f1a2-0a1b2c3d4e5f60718293a4b5;Sampled=0');

  logger('payments-api').info('request');
  expect(logged()).not.toHaveProperty('xray_trace_id');
  logger('payments-api').warn('late');
  expect(logged()).toMatchObject({ level: 'WARN', xray_trace_id: '1-6735f1a2-0a1b2c3d4e5f60718293a4b5' });
});

it('the logger of a function has its name in lib/functions.json, not the longer physical one', () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'Sluice-Checkoutcheckoutapi1A2B3C4D-AbCdEfGhIjKl');

  aws({ FUNCTION_ID: 'checkout-api' }).log.info('request');

  expect(logged()).toMatchObject({ service: 'checkout-api' });
});

const CARDS = [
  '4242424242424242',
  '4242 4242 4242 4242',
  '4242-4242-4242-4242',
  '4242+4242+4242+4242',
  '4242%204242%204242%204242',
  '4242\u00a04242\u00a04242\u00a04242',
  '378282246310005',
  '6205500000000000004',
];

it.each(CARDS)('the card number %s is in no line, whatever its position', (number) => {
  const log = logger('vault-api');
  log.error(`refused ${number}.`, {
    nested: [{ text: `x${number}y` }],
    error: new Error(`no ${number}`, { cause: new Error(number) }),
  });

  expect(lines[0]).not.toContain(number);
  expect(lines[0]).toContain('[removed]');
});

it.each(CARDS)('the card number %s is in no line beside numbers of something else', (number) => {
  for (const beside of [
    `${number} 123`,
    `${number} 12 34 123`,
    `7 ${number}`,
    `order-17-${number}-1234`,
    `1 ${number} 2`,
  ]) {
    logger('x').info(`got ${beside}.`);

    expect(lines.at(-1)).not.toContain(number);
    expect(lines.at(-1)).toContain('[removed]');
  }
});

const TEXT = '0123456789abcdefABCDEF01';
const BASIC = Buffer.from(`sk_live_${TEXT}:`).toString('base64');

/** How a secret is written, and the part of it that no line may hold. */
const SECRETS = [
  [`sk_test_${TEXT}`, TEXT],
  [`sk_live_${TEXT}`, TEXT],
  [`rk_live_${TEXT}`, TEXT],
  [`rk_test_${TEXT}`, TEXT],
  [`pk_test_${TEXT}`, TEXT],
  [`pk_live_${TEXT}`, TEXT],
  [`whsec_${TEXT}`, TEXT],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/=', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/='],
  [`pi_3abc_secret_${TEXT}`, TEXT],
  [`seti_3abc_secret_${TEXT}`, TEXT],
  [`cs_test_a1b2_secret_${TEXT}`, TEXT],
  [`ek_3abc_secret_${TEXT}`, TEXT],
  [`Authorization: Bearer ${TEXT}`, TEXT],
  [`authorization=Basic ${BASIC}`, BASIC],
  [`{"Authorization":"Bearer ${TEXT}"}`, TEXT],
  [`"authorization", ["${TEXT}"]`, TEXT],
  [`Bearer ${TEXT}`, TEXT],
  [`Basic ${BASIC}`, BASIC],
  // After the end of an escape, and with escapes inside.
  [`key%3Dsk_live_${TEXT}`, TEXT],
  [`\\nsk_live_${TEXT}`, TEXT],
  [`sk%5Flive%5f${TEXT}`, TEXT],
  [`secret%3Dwhsec_${TEXT}`, TEXT],
  [`\\twhsec_${TEXT}`, TEXT],
  [`pi_3abc%5Fsecret%5F${TEXT}`, TEXT],
  [`Bearer%20${TEXT}`, TEXT],
  [`Basic+${BASIC}`, BASIC],
  [`authorization: AWS4-HMAC-SHA256 Credential=AKIA/x/s3/aws4_request, SignedHeaders=host, Signature=${TEXT}`, TEXT],
  [`host:dynamodb\nx-amz-security-token:IQoJ${TEXT}+/=\nx-amz-target`, TEXT],
  [`X-Amz-Security-Token=${TEXT}%2B&a=1`, TEXT],
  [`https://merchant:${TEXT}@hooks.example/events`, TEXT],
] as const;

it.each(SECRETS)('the secret %s is in no line, whatever its position', (text, secret) => {
  const inside = () => {
    const error = new Error(`no ${text}`, { cause: new Error(`why ${text}`, { cause: `last ${text}` }) });
    error.stack = `Error: no ${text}\n    at https://api.example/v1?key=${text}&a=1`;
    return error;
  };
  const log = logger('payments-api');
  log.info(`got ${text}.`, {
    plain: text,
    url: `/v1/x?client_secret=${text}&expand=a`,
    json: JSON.stringify({ a: text }),
  });
  log.warn('nested', { nested: [{ deep: { text: [`x ${text}`] } }], [text]: 1, map: { [text]: { [text]: text } } });
  log.error('failed', { error: inside(), errors: [inside()], nested: { cause: inside() } });
  log.error('failed', inside());
  log.error(`failed ${text}`, new TypeError(text));

  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(line).not.toContain(secret);
    expect(line).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(line).toContain('[removed]');
  }
});

it.each([
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'stripe-signature',
  'client_secret',
  'clientSecret',
  'scopeSecret',
  'callbackSecrets',
  'secretKey',
  'apiKey',
  'api_key',
  'x-api-key',
  'private_key',
  'access_token',
  'password',
  'cvc',
  'number',
])('the member %s is removed whatever it holds', (name) => {
  logger('x').info('request', { [name]: 'plain', headers: { [name]: ['plain', { of: 'plain' }] } });

  expect(lines[0]).not.toContain('plain');
  expect(logged()).toMatchObject({ [name]: '[removed]', headers: { [name]: '[removed]' } });
});

it('what names a secret without holding it stays', () => {
  const fields = {
    keyId: 'key_0123456789abcdef01234567',
    scope: 'acct_1test',
    route: 'POST /v1/payment_intents/{id}/confirm',
    reason: 'a bearer token and basic authentication are taken',
    hint: 'the authorization failed: the card was declined',
    id: 'pi_VVrda1w0123456789012345',
    session: 'cs_test_VVrda1w0123456789012345',
    address: 'https://shop.example/@merchant?to=a@b',
    code: 'secret_key_required',
  };
  logger('x').info('request', fields);

  expect(logged()).toMatchObject({ ...fields, hint: expect.stringContaining('card was declined') });
});

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
