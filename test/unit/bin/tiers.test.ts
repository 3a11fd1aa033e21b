import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conclude, outcomeOf } from '../../../bin/local/tiers.ts';

const passed = { fullName: 'adds up', status: 'passed' };
const failed = {
  fullName: 'takes away',
  status: 'failed',
  failureMessages: ['AssertionError: expected 3 to be 2\n    at /repo/test/infra/b.test.ts:7:1'],
};
const skipped = { fullName: 'asks Java', status: 'skipped', meta: { skipped: 'there is no Java' } };
const unit = { name: '/repo/test/unit/a.test.ts', status: 'passed', assertionResults: [passed, passed] };

describe('tiers', () => {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('tiers: adds up what passed, and says of what failed where and why', () => {
    const infra = { name: '/repo/test/infra/b.test.ts', status: 'failed', assertionResults: [passed, failed] };

    expect(outcomeOf(['unit', 'infra'], 1, { testResults: [unit, infra] }, '/repo')).toEqual({
      passed: 3,
      failures: ['test/infra/b.test.ts: takes away: AssertionError: expected 3 to be 2'],
    });
  });

  it('tiers: a file that could not be loaded is a failure', () => {
    const broken = {
      name: '/repo/test/unit/c.test.ts',
      status: 'failed',
      message: 'no such file',
      assertionResults: [],
    };

    expect(outcomeOf(['unit'], 1, { testResults: [unit, broken] }, '/repo')).toEqual({
      passed: 2,
      failures: ['test/unit/c.test.ts: no such file'],
    });
  });

  it('tiers: a tier of which no test ran is a failure', () => {
    expect(outcomeOf(['unit', 'infra'], 0, { testResults: [unit] }, '/repo')).toEqual({
      passed: 2,
      failures: ['no infra test ran'],
    });
  });

  it('tiers: a bad exit code without a failed test is a failure', () => {
    expect(outcomeOf(['unit'], 1, { testResults: [unit] }, '/repo')).toEqual({
      passed: 2,
      failures: ['no test failed, but vitest ended with 1'],
    });
  });

  it('tiers: a skipped test neither passes nor fails, and is reported with its reason', () => {
    const mixed = { name: '/repo/test/unit/d.test.ts', status: 'passed', assertionResults: [passed, skipped, skipped] };

    expect(outcomeOf(['unit'], 0, { testResults: [mixed] }, '/repo')).toEqual({ passed: 1, failures: [] });
    expect(console.error).toHaveBeenCalledWith('test: 2 skipped: there is no Java');
  });

  it('tiers: a tier of which every test was skipped is a failure', () => {
    const none = { name: '/repo/test/unit/d.test.ts', status: 'passed', assertionResults: [skipped] };

    expect(outcomeOf(['unit'], 0, { testResults: [none] }, '/repo')).toEqual({
      passed: 0,
      failures: ['no unit test ran'],
    });
  });

  it('tiers: the end of the log names what failed, and its last line counts', () => {
    expect(
      conclude([
        { passed: 2, failures: ['a'] },
        { passed: 1, failures: ['b'] },
      ]),
    ).toBe(1);
    expect(vi.mocked(console.log).mock.calls).toEqual([['failed: a'], ['failed: b'], ['3 passed, 2 failed']]);
    expect(conclude([{ passed: 2, failures: [] }])).toBe(0);
    expect(console.log).toHaveBeenLastCalledWith('2 passed, 0 failed');
  });
});
