import { describe, expect, it } from 'vitest';
import { lacksId } from '../../../functions/api/empty-segments.ts';
import { rawRequestOf } from '../../../functions/api/raw-request.ts';
import { domainEvent, httpEvent, stageEvent } from '../../world/gateway-events.ts';

const get = (target: string, headers: Readonly<Record<string, string>> = {}) => ({ method: 'GET', target, headers });
const TOKEN = 'proxy-token';

describe('the path of a request', () => {
  it.each([
    ['/v1/payment_intents/pi_x%2Fcancel', '/v1/payment_intents/pi_x%2Fcancel'],
    ['/v1/healthz', '/v1/healthz'],
    ['/v1//customers//', '/v1//customers//'],
    ['/v1', '/v1/'],
    ['/v1/v1x/a', '/v1/v1x/a'],
  ])('REST API at its own address: %s is %s, with the stage and the escapes', (target, path) => {
    expect(rawRequestOf(stageEvent(get(target))).path).toBe(path);
  });

  it.each([
    '/v1/payment_intents/pi_x%2Fcancel',
    '/healthz',
    '/sandbox/charges',
    '/v1//customers',
    '//v1/customers',
    '/',
  ])('REST API behind a custom domain: %s stays as it is', (target) => {
    expect(rawRequestOf(domainEvent(get(target))).path).toBe(target);
  });

  it.each([
    ['/v1/customers/a%23b%20c', '/v1/customers/a%23b%20c'],
    ['/v1/customers/%E6%94%AF', '/v1/customers/%E6%94%AF'],
    // What the gateway decoded is decoded no further: once by it, once by the router.
    ['/v1/customers/%2525', '/v1/customers/%25'],
    // What it made a slash is one: the limit of an HTTP API (docs/api.md).
    ['/v1/payment_intents/pi_x%2Fcancel', '/v1/payment_intents/pi_x/cancel'],
    ['/v1/payment_intents/pi_x%3Fcancel', '/v1/payment_intents/pi_x'],
  ])('HTTP API: %s is %s, with escapes again', (target, path) => {
    expect(rawRequestOf(httpEvent(get(target))).path).toBe(path);
  });
});

describe('a path that is handed over', () => {
  const forged = (value: string) => stageEvent(get('/v1/balance', { 'Sluice-Raw-Path': value }));

  it('counts with the token of the local target', () => {
    expect(rawRequestOf(forged(`${TOKEN} /v1/customers/a%2Fb`), TOKEN).path).toBe('/v1/customers/a%2Fb');
  });

  it.each([
    ['without a token', '/v1/charges'],
    ['with another token', 'proxy-tokem /v1/charges'],
    ['with the beginning of the token', 'proxy /v1/charges'],
    ['with more than the token', `${TOKEN}x /v1/charges`],
    ['with the token alone', TOKEN],
    ['that is empty', ''],
  ])('%s has no effect', (_, value) => {
    expect(rawRequestOf(forged(value), TOKEN).path).toBe('/v1/balance');
  });

  it.each(['', undefined])('has no effect where there is no token, as on AWS (%o)', (token) => {
    for (const value of [' /v1/charges', 'undefined /v1/charges', '/v1/charges'])
      expect(rawRequestOf(forged(value), token).path).toBe('/v1/balance');
  });

  it('is no header of the request', () => {
    expect(rawRequestOf(forged(`${TOKEN} /v1/charges`), TOKEN).headers).toEqual({});
  });
});

describe('a method that is handed over', () => {
  const forged = (value: string) => httpEvent(get('/v1/tokens', { 'Sluice-Raw-Method': value }));

  it('counts with the token of the local target, and is no header of the request', () => {
    expect(rawRequestOf(forged(`${TOKEN} OPTIONS`), TOKEN)).toMatchObject({ method: 'OPTIONS', headers: {} });
  });

  it.each(['OPTIONS', 'proxy-tokem OPTIONS', TOKEN, ''])(
    'has no effect as %j, nor where there is no token',
    (value) => {
      expect(rawRequestOf(forged(value), TOKEN).method).toBe('GET');
      expect(rawRequestOf(forged(`${TOKEN} OPTIONS`), undefined).method).toBe('GET');
      expect(rawRequestOf(forged(' OPTIONS'), '').method).toBe('GET');
    },
  );
});

describe('an empty segment', () => {
  const lacks = lacksId(['/v1/customers', '/v1/customers/{id}', '/v1/customers/{id}/methods/{method}']);

  it.each([
    '/v1/customers/',
    '/v1/customers//',
    '/v1/customers/cus_1/',
    '/v1/customers//methods/pm_1',
    '//v1//customers//methods/pm_1',
    '/v1/customers/cus_1/methods/',
    '/v1/customers///methods//',
  ])('%s: in the place of an id, or last, it is missed', (path) => {
    expect(lacks(path)).toBe(true);
  });

  it.each([
    '/v1/customers',
    '/v1//customers',
    '//v1/customers/cus_1',
    '/v1/customers//cus_1',
    '/v1/customers/cus_1//methods/pm_1',
  ])('%s: elsewhere it is not', (path) => {
    expect(lacks(path)).toBe(false);
  });
});
