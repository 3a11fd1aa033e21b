/** The official Python SDK drives the deployed API: what one language's client is told, another's is too. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localPath } from '../../bin/local/files.ts';
import { findPython } from '../../bin/local/install-emulator.ts';
import { deployed, newMerchant } from '../support/deployed.ts';
import { skipped } from '../support/skip.ts';

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

it('a merchant’s journey in Python ends as it does in Node', async (context) => {
  const python = pythons().find(install);
  if (python === undefined)
    return skipped(context, 'the Python SDK could not be installed: no Python with pip, or no PyPI');
  const { secretKey } = await newMerchant();

  const seen = JSON.parse(
    execFileSync(python, [join(import.meta.dirname, 'python/journey.py')], {
      env: { PATH: process.env.PATH, PYTHONPATH: FOLDER, API_BASE: deployed().baseUrl, API_KEY: secretKey },
      encoding: 'utf8',
    }),
  ) as object;

  expect(seen).toEqual({
    paid: ['succeeded', 2000, '7'],
    replayed: true,
    'other parameters': ['IdempotencyError', 400, null],
    captured: ['requires_capture', 'succeeded', 1000],
    refund: ['succeeded', 500],
    'too much': ['InvalidRequestError', 400, null],
    declined: ['CardError', 402, 'card_declined'],
    missing: ['InvalidRequestError', 404, 'resource_missing'],
    'no key': ['AuthenticationError', 401, null],
    walked: [3, 3],
  });
}, 180_000);
