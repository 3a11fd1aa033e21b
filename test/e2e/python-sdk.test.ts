/** The official Python SDK drives the deployed API: it receives the same answers as the SDK in TypeScript. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localPath } from '../../bin/local/files.ts';
import { findPython } from '../../bin/local/install-emulator.ts';
import { deployed, type Merchant, newMerchant, settle } from '../world/deployed.ts';
import { skipped } from '../world/skip.ts';

const FOLDER = localPath('python-sdk');
const REQUIREMENTS = join(import.meta.dirname, 'python/requirements.txt');

/** Puts the SDK into a folder of its own; false where no pip or no PyPI is to be had. */
function install(python: string): boolean {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes'];
  return (
    spawnSync(python, [...pip, '--upgrade', '--target', FOLDER, '-r', REQUIREMENTS], { stdio: 'ignore' }).status === 0
  );
}

/** What may be a Python with pip: the machine's, if it has one, and the one that the emulator was installed with. */
function pythons(): readonly string[] {
  const emulators = localPath('emulator', 'bin/python');
  try {
    return [findPython(), emulators];
  } catch {
    return [emulators];
  }
}

/** What a script saw, as the merchant of this key. */
const seenBy = (python: string, script: string, { secretKey, publishableKey }: Merchant, otherKey: string): object =>
  JSON.parse(
    execFileSync(python, [join(import.meta.dirname, 'python', script)], {
      env: {
        PATH: process.env.PATH,
        PYTHONPATH: FOLDER,
        API_BASE: deployed().baseUrl,
        API_KEY: secretKey,
        API_PUBLISHABLE_KEY: publishableKey,
        API_OTHER_KEY: otherKey,
      },
      encoding: 'utf8',
    }),
  ) as object;

it('a merchant’s journey in Python ends as it does in Node', async (context) => {
  const python = pythons().find(install);
  if (python === undefined)
    return skipped(context, 'the Python SDK could not be installed: no Python with pip, or no PyPI');
  const [merchant, other] = [await newMerchant(), await newMerchant()];

  const day = seenBy(python, 'journey.py', merchant, other.secretKey);
  await settle(merchant.merchant);
  const payout = seenBy(python, 'payout.py', merchant, other.secretKey);

  expect(day).toEqual({
    paid: ['succeeded', 2000, 88, '7'],
    webhooks: ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'],
    forged: 'SignatureVerificationError',
    'endpoint deleted': true,
    'typed in': ['succeeded', 'mastercard', '4444', 'pass'],
    replayed: true,
    'other parameters': ['IdempotencyError', 400, null],
    challenged: ['requires_action', true, ['succeeded'], true],
    lost: true,
    captured: ['requires_capture', 'succeeded', 1000],
    canceled: ['canceled', 'abandoned'],
    refund: ['succeeded', 500, 500],
    'too much': ['InvalidRequestError', 400, null],
    declined: ['CardError', 402, 'card_declined'],
    blocked: ['CardError', 402, 'card_declined'],
    reviewed: ['succeeded', false, 'approved'],
    missing: ['InvalidRequestError', 404, 'resource_missing'],
    unknown: ['InvalidRequestError', 400, 'parameter_unknown'],
    'no key': ['AuthenticationError', 401, null],
    publishable: ['PermissionError', 403, null],
    stranger: ['InvalidRequestError', 404, 'resource_missing'],
    walked: [4, 4],
    found: [true],
  });
  expect(payout).toEqual({
    payout: ['paid', true, 'usd'],
    'lines add up': true,
    types: ['charge', 'payout', 'refund'],
  });
}, 240_000);
