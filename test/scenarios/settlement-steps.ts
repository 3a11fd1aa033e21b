/** Steps of a life in which everything that settlement does meets, and the terms under which it begins. */
import fc from 'fast-check';

export const CURRENCIES = ['usd', 'jpy', 'kwd', 'huf', 'twd', 'gbp'] as const;

export type Step =
  | {
      readonly do: 'pay';
      readonly amount: number;
      readonly currency: string;
      readonly hold: boolean;
      readonly parts: boolean;
    }
  | {
      readonly do: 'capture' | 'refund' | 'refuse refund' | 'dispute' | 'request payout' | 'take anyway';
      readonly which: number;
      readonly part: number;
    }
  | { readonly do: 'win' | 'lose' | 'send back' | 'cancel' | 'return payout' | 'cancel payout'; readonly which: number }
  | { readonly do: 'days'; readonly halves: number; readonly rule: boolean }
  | {
      readonly do: 'terms';
      readonly bps: number;
      readonly days: number;
      readonly least: number;
      readonly delay: number;
    }
  | { readonly do: 'bank'; readonly answer: 'paid' | 'failed' | 'refused' }
  | { readonly do: 'change bank' | 'callbacks' | 'queues' | 'repair' }
  | { readonly do: 'settle' | 'schedule'; readonly fault: number; readonly twice: boolean };

const which = fc.nat(7);
const part = fc.integer({ min: 1, max: 4 });
export const stepOf: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: fc.integer({ min: 180, max: 9_999 }).map((hundreds) => hundreds * 100),
      currency: fc.constantFrom(...CURRENCIES),
      hold: fc.boolean(),
      parts: fc.boolean(),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'capture' as const,
        'refund' as const,
        'refuse refund' as const,
        'dispute' as const,
        'request payout' as const,
        'take anyway' as const,
      ),
      which,
      part,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'win' as const,
        'lose' as const,
        'send back' as const,
        'cancel' as const,
        'return payout' as const,
        'cancel payout' as const,
      ),
      which,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('days' as const),
      halves: fc.constantFrom(1, 2, 2, 4, 7),
      rule: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('terms' as const),
      bps: fc.constantFrom(0, 1, 1_000, 7_000),
      days: fc.constantFrom(1, 3, 10),
      least: fc.constantFrom(1, 100_000),
      delay: fc.constantFrom(0, 1, 2, 3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('bank' as const),
      answer: fc.constantFrom('paid' as const, 'paid' as const, 'failed' as const, 'refused' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'change bank' as const,
        'callbacks' as const,
        'callbacks' as const,
        'queues' as const,
        'repair' as const,
      ),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom('settle' as const, 'schedule' as const, 'schedule' as const, 'schedule' as const),
      fault: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 60 })),
      twice: fc.boolean(),
    }),
  },
);

export const agreed = fc.record({
  delay: fc.constantFrom(0, 1, 1, 2),
  least: fc.constantFrom(1, 100_000, 10_000_000),
  start: fc.constantFrom(0, 0, 25, 68),
});

export type Agreed = typeof agreed extends fc.Arbitrary<infer T> ? T : never;
