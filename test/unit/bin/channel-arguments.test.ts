import { describe, expect, it } from 'vitest';
import { channelArguments } from '../../../bin/local/channel-arguments.ts';

const ACCOUNT = { account: 'stripe/cha_1' };
const ADD = { merchant: 'acct_1', channel: 'stripe', environment: 'test' };

describe('channel', () => {
  it.each<[string, object, object]>([
    [
      'add',
      ADD,
      { command: 'channel-add', given: { merchant: 'acct_1', mode: 'test', channel: 'stripe', environment: 'test' } },
    ],
    [
      'add',
      {
        ...ADD,
        live: true,
        environment: 'live',
        priority: '2',
        method: 'card,alipay',
        currency: 'USD,eur',
        credentials: '-',
      },
      {
        command: 'channel-add',
        given: {
          merchant: 'acct_1',
          mode: 'live',
          channel: 'stripe',
          environment: 'live',
          priority: 2,
          methods: ['card', 'alipay'],
          currencies: ['usd', 'eur'],
        },
      },
    ],
    ['list', {}, { command: 'channel-list', given: {} }],
    [
      'list',
      { merchant: 'acct_1', live: true },
      { command: 'channel-list', given: { merchant: 'acct_1', mode: 'live' } },
    ],
    ['show', ACCOUNT, { command: 'channel-show', given: ACCOUNT }],
    [
      'disable',
      { ...ACCOUNT, currency: 'usd' },
      { command: 'channel-switch', given: { ...ACCOUNT, on: false, currencies: ['usd'] } },
    ],
    ['enable', ACCOUNT, { command: 'channel-switch', given: { ...ACCOUNT, on: true } }],
    ['priority', { ...ACCOUNT, priority: '1' }, { command: 'channel-priority', given: { ...ACCOUNT, priority: 1 } }],
    ['rotate', { ...ACCOUNT, credentials: 'f.json' }, { command: 'channel-rotate', given: ACCOUNT }],
    ['rotate', { ...ACCOUNT, finish: true }, { command: 'channel-finish-rotation', given: ACCOUNT }],
    ['health', ACCOUNT, { command: 'channel-health', given: ACCOUNT }],
    ['check', ACCOUNT, { command: 'channel-check', given: ACCOUNT }],
    [
      'callbacks',
      { ...ACCOUNT, limit: '5', after: 'x' },
      { command: 'channel-callbacks', given: { ...ACCOUNT, limit: 5, after: 'x' } },
    ],
    ['replay', { ...ACCOUNT, callback: 'x' }, { command: 'channel-replay', given: { ...ACCOUNT, callback: 'x' } }],
  ])('%s %j', (command, values, asked) => {
    expect(channelArguments([command], values)).toEqual(asked);
  });

  it.each<[readonly string[], object, string]>([
    [[], {}, 'Not a command: (none)'],
    [['remove'], {}, 'Not a command: remove'],
    [['constructor'], {}, 'Not a command: constructor'],
    [['show', 'stripe/cha_1'], {}, 'Not a command: show stripe/cha_1'],
    [['show'], {}, '--account is missing'],
    [['add'], { merchant: 'acct_1', channel: 'stripe' }, '--environment is missing'],
    [['add'], { ...ADD, environment: 'sandbox' }, '--environment sandbox: must be test or live'],
    [['add'], { ...ADD, live: true, mode: 'test' }, '--mode test: must be test or live'],
    [['priority'], { ...ACCOUNT, priority: '0' }, '--priority 0: must be 1 to 5'],
    [['priority'], { ...ACCOUNT, priority: '6' }, '--priority 6: must be 1 to 5'],
    [['callbacks'], { ...ACCOUNT, limit: 'all' }, '--limit all: must be 1 to 100'],
    [['callbacks'], { ...ACCOUNT, limit: '101' }, '--limit 101: must be 1 to 100'],
    [['rotate'], ACCOUNT, '--credentials or --finish is missing'],
    [['rotate'], { ...ACCOUNT, finish: true, credentials: '-' }, '--finish takes no --credentials'],
    [['check'], { ...ACCOUNT, method: 'card' }, '--method is not an option of check'],
  ])('%j %j: %s', (positionals, values, reason) => {
    expect(channelArguments(positionals, values)).toBe(reason);
  });
});
