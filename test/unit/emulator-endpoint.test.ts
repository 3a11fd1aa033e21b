/** The local target never reaches AWS: each address and each setting that would send a client there is refused. */
import { expect, it } from 'vitest';
import { emulatorEndpoint } from '../../lib/emulator-endpoint.ts';

const at = (AWS_ENDPOINT_URL: string, more: Record<string, string> = {}) => ({ AWS_ENDPOINT_URL, ...more });

it.each([
  ['http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
  ['http://127.0.0.1:4566/', 'http://127.0.0.1:4566'],
  ['http://127.1.2.3:1', 'http://127.1.2.3:1'],
  ['http://localhost:4566', 'http://localhost:4566'],
  ['http://s3.localhost:4566', 'http://s3.localhost:4566'],
  ['http://[::1]:4566', 'http://[::1]:4566'],
])('%s: is an emulator on this machine', (address, endpoint) => {
  expect(emulatorEndpoint(at(address))).toBe(endpoint);
});

it.each([[{}], [at('')]])('without an address everything would go to AWS: refused', (environment) => {
  expect(() => emulatorEndpoint(environment)).toThrow('AWS_ENDPOINT_URL is not set, so this would go to AWS');
});

it.each([
  'https://dynamodb.us-east-1.amazonaws.com',
  'https://AMAZONAWS.COM',
  'https://amazonaws.com./',
  'https://cloudformation.cn-north-1.amazonaws.com.cn',
  'https://lambda.eusc-de-east-1.amazonaws.eu',
  'https://ec2.us-east-1.api.aws',
  'https://dynamodb.cn-north-1.api.amazonwebservices.com.cn',
  'https://vpce-1a2b-x.dynamodb.us-east-1.vpce.amazonaws.com',
  'https://x.lambda-url.us-east-1.on.aws',
  'https://dynamodb.us-iso-east-1.c2s.ic.gov',
  'https://dynamodb.us-isob-east-1.sc2s.sgov.gov',
  'https://dynamodb.eu-isoe-west-1.cloud.adc-e.uk',
])('%s: is AWS, and no opt-in allows it', (address) => {
  const { hostname } = new URL(address);

  expect(() => emulatorEndpoint(at(address))).toThrow('is AWS, not an emulator');
  expect(() => emulatorEndpoint(at(address, { SLUICE_EMULATOR_HOST: hostname }))).toThrow('is AWS, not an emulator');
});

it.each([
  'http://localstack:4566',
  'http://10.0.0.7:4566',
  'http://0.0.0.0:4566',
  'http://[fd00::1]:4566',
  'http://localhost.localstack.cloud:4566',
  'http://127.0.0.1.example.com',
  'http://notlocalhost:1',
])('%s: is not this machine, so it takes an opt-in that names the host', (address) => {
  const { hostname } = new URL(address);

  expect(() => emulatorEndpoint(at(address))).toThrow(`set SLUICE_EMULATOR_HOST=${hostname}`);
  expect(() => emulatorEndpoint(at(address, { SLUICE_EMULATOR_HOST: 'another' }))).toThrow('is not on this machine');
  expect(emulatorEndpoint(at(address, { SLUICE_EMULATOR_HOST: hostname }))).toBe(address);
});

it.each(['AWS_ENDPOINT_URL_CLOUDFORMATION', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_STS'])(
  '%s: one service’s own address counts more than the others’, so it is looked at too',
  (name) => {
    const loopback = at('http://127.0.0.1:4566', { [name]: 'http://127.0.0.1:4567' });
    const aws = at('http://127.0.0.1:4566', { [name]: 'https://x.us-east-1.amazonaws.com' });

    expect(emulatorEndpoint(loopback)).toBe('http://127.0.0.1:4566');
    expect(() => emulatorEndpoint(aws)).toThrow(`${name}=https://x.us-east-1.amazonaws.com: is AWS`);
  },
);

it('AWS clients that are configured to ignore the address would go to AWS: refused', () => {
  const ignoring = at('http://127.0.0.1:4566', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE' });

  expect(() => emulatorEndpoint(ignoring)).toThrow('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true');
});

it('what is no address is refused', () => {
  expect(() => emulatorEndpoint(at('4566'))).toThrow('is not an address');
  expect(() => emulatorEndpoint(at('localhost:4566'))).toThrow('is not');
});
