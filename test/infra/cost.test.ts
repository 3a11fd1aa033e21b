/** The model of cost: its arithmetic by hand, what it reads from the template, and that README.md states its figures. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { logger } from '../../functions/kernel/log.ts';
import {
  ASSUMED,
  callback,
  idleMonth,
  secondStackMonth,
  settlements,
  sum,
  total,
  withoutWhole,
} from '../bench/cost.ts';
import { figures } from '../bench/figures.ts';
import { type StackFacts, stackFacts } from '../bench/stack-facts.ts';
import { type Counts, likeLambda } from '../scenarios/payment-counts.ts';
import { ofType, synthesised } from './synth.ts';

type Figures = Awaited<ReturnType<typeof figures>>;
let made: Figures;
beforeAll(async () => {
  made = await figures();
});

const REFERENCE = 'kqsojE7XVgnN0FF1YIEjwvFMqlNmXH1';
const CHANNEL = { channel: 'sandbox', account: 'acct_VgnMywa2lR779CagsX2gf2' };
/** Lines as these three functions log them, with ids and addresses of full length. */
const LINES = {
  forwardLineBytes: [
    'vault-forward',
    'forward',
    { reference: REFERENCE, channel: 'sandbox', kind: 'captured', ms: 512 },
  ],
  callbackLineBytes: [
    'channels-callback',
    'request',
    {
      route: 'callbacks',
      ms: 12,
      status: 200,
      ...CHANNEL,
      reference: REFERENCE,
      dedupe: 'evt_VgnMywa2ZGiddaYQium8Wg01',
      sourceIp: '203.0.113.195',
      userAgent: 'Acquirer/2.1',
    },
  ],
  deliveryLineBytes: [
    'notifications-on-delivery',
    'delivery',
    { scope: 'kqsojE7X', endpoint: 'VgnMywa2ZGiddaYQium8Wg', attempt: 1, kind: 'delivered', status: '200' },
  ],
} as const;

const nothing: Counts = {
  writeUnits: 0,
  writeUnitsOf: {},
  readUnits: 0,
  records: 0,
  deliveries: 0,
  features: 0,
  webhooks: 0,
  webhookBytes: 0,
  responseBytes: 0,
  kmsRequests: 0,
  macs: 0,
  requestLines: [],
  storedBytes: {},
};
const cents = (lines: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(lines).map(([line, dollars]) => [line, Number(dollars.toFixed(2))]));

describe('by hand', () => {
  const stack = { ...stackFacts('http'), accessLogBytes: [] };

  it('a million callbacks in batches of 1', () => {
    // Two functions of 256 MB for 15 ms; send, receive and delete of a FIFO message; one write unit, two read units; 372 bytes of log.
    expect(
      cents(withoutWhole(callback({ ...nothing, writeUnitsOf: { channels: 1 } }, 'single', stack, 'http'))),
    ).toEqual({
      API: 1,
      'callback functions': 0.5,
      'SQS FIFO': 1.5,
      'write units': 0.63,
      'read units': 0.25,
      logs: 0.2,
    });
  });

  it('an idle month: keys after two rotations, an alarm each, five pollers a queue, 2.2 scheduled functions a minute', () => {
    const facts: StackFacts = { ...stack, keys: 4, rotatingKeys: 3, alarms: 30, polledQueues: 6, rulesPerMinute: 2.2 };

    expect(cents(idleMonth(facts, 2))).toEqual({
      'KMS keys': 10,
      alarms: 3,
      'queue polls': 1.56,
      'scheduled functions': 0.13,
      'KMS requests': 0.13,
    });
  });

  it('a web ACL with two rules, a dashboard, a composite alarm and a key', () => {
    const extras = { keys: 1, rotatingKeys: 1, compositeAlarms: 1, dashboards: 1, webAcls: 1, webAclRules: 2 };

    expect(total(secondStackMonth({ ...stack, extras }, 0))).toBeCloseTo(1 + 0.5 + 3 + 7);
  });

  it('settlements of a month: 21 times 209 transitions', () => {
    expect(cents(settlements({ ...stack, transitions: 209 })).transitions).toBe(0.11);
  });

  it('lines of the same name add up', () => {
    expect(sum({ logs: 1, API: 2 }, { logs: 3 })).toEqual({ logs: 4, API: 2 });
  });
});

describe('a line that is assumed', () => {
  it.each(Object.entries(LINES))('%s is as long as the product makes it', async (name, [service, message, facts]) => {
    const length = await likeLambda(async (lines) => {
      logger(service).info(message, facts);
      return Buffer.byteLength(lines.at(-1)!);
    });

    expect(ASSUMED[name as keyof typeof LINES]).toBe(length);
  });
});

describe('the template', () => {
  it('says how many keys rotate, how many alarms and polled queues there are, and which tables can be recovered', () => {
    const { core } = synthesised('aws', 'http');
    const facts = stackFacts('http');

    expect([facts.keys, facts.rotatingKeys]).toEqual([4, 3]);
    expect(facts.alarms).toBeGreaterThanOrEqual(ofType(core, 'AWS::CloudWatch::Alarm').length);
    expect(facts.polledQueues).toBe(6);
    expect(facts.recovered).toContain('payments');
    expect(facts.recovered).not.toContain('search');
    expect(facts.recovered).toContain('idempotency');
    expect(facts.backedUp).toContain('events');
    expect(facts.backedUp).not.toContain('idempotency');
    expect(facts.backupCopies).toBeGreaterThan(0);
    expect(stackFacts('rest').extras.webAclRules).toBeGreaterThan(0);
  });

  it('decides the price: a web ACL, an access log and a larger function cost more', () => {
    const { http, rest } = made;

    expect(total(secondStackMonth(rest.stack, 0))).toBeGreaterThan(total(secondStackMonth(http.stack, 0)));
    const logged = { ...http.stack, accessLogBytes: [200] };
    expect(total(callback(nothing, 'single', logged, 'http'))).toBeGreaterThan(
      total(callback(nothing, 'single', { ...logged, accessLogBytes: [] }, 'http')),
    );
    const larger = { ...http.stack, memoryMb: { ...http.stack.memoryMb, 'channels-callback': 512 } };
    expect(total(callback(nothing, 'single', larger, 'http'))).toBeGreaterThan(
      total(callback(nothing, 'single', http.stack, 'http')),
    );
  });
});

describe('README.md', () => {
  const page = readFileSync('README.md', 'utf8');
  /** The dollars of the row of the table of costs that begins so. */
  const stated = (row: string): readonly number[] => {
    const line = page.split('\n').find((text) => text.startsWith(`| ${row} |`));
    if (!line) throw new Error(`README.md has no row of costs ${row}`);
    return [...line.slice(row.length + 4).matchAll(/\$(\d+\.\d\d?)/g)].map(([, dollars]) => Number(dollars));
  };

  it.each<[string, (of: Figures) => readonly number[]]>([
    ['returning card', ({ http, rest }) => [total(http.returning), total(rest.returning)]],
    ['newly typed card', ({ http, rest }) => [total(http.typed), total(rest.typed)]],
    ['returning card, full batches', ({ http, rest }) => [total(http.returningFull), total(rest.returningFull)]],
    ['of these: a callback', ({ http, rest }) => [total(http.callback), total(rest.callback)]],
    ['of these: storage of a month', ({ http, rest }) => [total(http.storage), total(rest.storage)]],
    ['daily backups, first month', ({ http, rest }) => [http.backups.first, rest.backups.first]],
    ['daily backups, each later month', ({ http, rest }) => [http.backups.later, rest.backups.later]],
    ['idle month, new keys', ({ http, rest }) => [total(idleMonth(http.stack, 0)), total(idleMonth(rest.stack, 0))]],
    [
      'idle month, keys rotated twice',
      ({ http, rest }) => [total(idleMonth(http.stack, 2)), total(idleMonth(rest.stack, 2))],
    ],
    [
      'second stack, by the month',
      ({ http, rest }) => [total(secondStackMonth(http.stack, 0)), total(secondStackMonth(rest.stack, 0))],
    ],
    ['settlements of a merchant, by the month', ({ http, rest }) => [total(http.settlements), total(rest.settlements)]],
  ])('states what the model computes: %s', (row, computed) => {
    const wanted = computed(made).map((dollars) => dollars.toFixed(2));
    const isRight =
      stated(row).length === 2 && stated(row).every((one, index) => Math.abs(one - Number(wanted[index])) < 0.06);

    expect(isRight ? 'right' : `README.md must say | ${row} | $${wanted.join(' | $')} |`).toBe('right');
  });

  it('sums the tables up in its first paragraphs: dollars per million payments, and per idle month', () => {
    const { http, rest } = made;
    const rounded = (...lines: readonly Readonly<Record<string, number>>[]) =>
      lines.map((one) => Math.round(total(one)));
    const [, cheapest, dearest, first, last] =
      /\$(\d+) to \$(\d+) per million\s+payments all in, \$(\d+) to \$(\d+) for an idle month/.exec(page) ?? [];

    expect([cheapest, dearest].map(Number)).toEqual(rounded(http.returning, rest.typed));
    expect([first, last].map(Number)).toEqual(rounded(idleMonth(http.stack, 0), idleMonth(http.stack, 2)));
  });
});
