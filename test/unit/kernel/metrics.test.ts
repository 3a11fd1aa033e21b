import { afterEach, expect, it, vi } from 'vitest';
import { counter } from '../../../functions/kernel/metrics.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('what was seen is one line of embedded metrics under the stack, and what was not is none', () => {
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));

  const count = counter('Sluice');
  count({ PaymentsUnresolved: 0, LooksFailed: 0 });
  count({ PaymentsUnresolved: 3, LooksFailed: 0 });

  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    service: 'Sluice',
    PaymentsUnresolved: 3,
    _aws: {
      CloudWatchMetrics: [
        { Namespace: 'Sluice', Dimensions: [['service']], Metrics: [{ Name: 'PaymentsUnresolved', Unit: 'Count' }] },
      ],
    },
  });
  expect(lines[0]).not.toContain('LooksFailed');
});
