import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countsOf } from '../../../bin/local/tiers.ts';

const passed = { status: 'passed' };
const failed = { status: 'failed' };
const unit = { name: '/repo/test/unit/a.test.ts', status: 'passed', assertionResults: [passed, passed] };

describe('tiers', () => {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('tiers: adds up what passed and what failed', () => {
    const infra = { name: '/repo/test/infra/b.test.ts', status: 'failed', assertionResults: [passed, failed] };

    expect(countsOf(['unit', 'infra'], 1, { testResults: [unit, infra] }, '/repo')).toEqual({ passed: 3, failed: 1 });
  });

  it('tiers: a file that could not be loaded is a failure', () => {
    const broken = { name: '/repo/test/unit/c.test.ts', status: 'failed', assertionResults: [] };

    expect(countsOf(['unit'], 1, { testResults: [unit, broken] }, '/repo')).toEqual({ passed: 2, failed: 1 });
  });

  it('tiers: a tier of which no test ran is a failure', () => {
    expect(countsOf(['unit', 'infra'], 0, { testResults: [unit] }, '/repo')).toEqual({ passed: 2, failed: 1 });
  });

  it('tiers: a bad exit code without a failed test is a failure', () => {
    expect(countsOf(['unit'], 1, { testResults: [unit] }, '/repo')).toEqual({ passed: 2, failed: 1 });
  });

  it('tiers: what was skipped is neither passed nor failed, and is told with its reason', () => {
    const skipped = { status: 'skipped', meta: { skipped: 'there is no Java' } };
    const mixed = { name: '/repo/test/unit/d.test.ts', status: 'passed', assertionResults: [passed, skipped, skipped] };

    expect(countsOf(['unit'], 0, { testResults: [mixed] }, '/repo')).toEqual({ passed: 1, failed: 0 });
    expect(console.error).toHaveBeenCalledWith('test: 2 skipped: there is no Java');
  });

  it('tiers: a tier of which every test was skipped is a failure', () => {
    const skipped = { name: '/repo/test/unit/d.test.ts', status: 'passed', assertionResults: [{ status: 'skipped' }] };

    expect(countsOf(['unit'], 0, { testResults: [skipped] }, '/repo')).toEqual({ passed: 0, failed: 1 });
    expect(console.error).toHaveBeenCalledWith('test: no unit test ran');
  });
});
