import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { dataKeys, epochOf } from '../../../functions/vault/keys.ts';
import { fakeKeyService } from '../../simulators/key-service.ts';
import { handClock } from '../../simulators/sandbox-server.ts';
import { memoryTable } from '../../world/memory-table.ts';

const SCOPE = 'Scope001' as Scope;
const fixture = () => {
  const table = memoryTable();
  const keyService = fakeKeyService();
  const clock = handClock(Date.UTC(2027, 0, 31, 23, 30));
  return { table, keyService, clock, keys: dataKeys({ table, keyService, clock }) };
};

describe('data keys', () => {
  test('the epoch is the month, UTC', () => {
    expect(epochOf(Date.UTC(2027, 0, 31, 23, 59, 59))).toBe('2027-01');
    expect(epochOf(Date.UTC(2027, 1, 1))).toBe('2027-02');
  });

  test('one per scope and month, made once and then unwrapped', async () => {
    const { table, keyService, clock, keys } = fixture();
    const first = await keys.current(SCOPE);
    await keys.current(SCOPE);

    const elsewhere = dataKeys({ table, keyService, clock });
    const second = await elsewhere.current(SCOPE);

    expect(second).toEqual(first);
    expect(keyService.calls).toEqual(['generate', 'unwrap']);
  });

  test('the next month has another key, and the old one still opens', async () => {
    const { clock, keys } = fixture();
    const january = await keys.current(SCOPE);
    clock.move(3_600_000);

    const february = await keys.current(SCOPE);

    expect([january.epoch, february.epoch]).toEqual(['2027-01', '2027-02']);
    expect(february.key).not.toEqual(january.key);
    expect(await keys.of(SCOPE, '2027-01')).toEqual(january.key);
  });

  test('containers that start at once end with one key', async () => {
    const { table, keyService, clock } = fixture();

    const all = await Promise.all([1, 2, 3].map(() => dataKeys({ table, keyService, clock }).current(SCOPE)));

    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  test('a wrapped key does not open in the row of another scope or month', async () => {
    const { table, keys, keyService, clock } = fixture();
    await keys.current(SCOPE);
    const item = (await table.get('vault', { pk: `${SCOPE}#k`, sk: '2027-01' }))!;
    for (const key of [
      { pk: 'Scope002#k', sk: '2027-01' },
      { pk: `${SCOPE}#k`, sk: '2026-12' },
    ]) {
      await table.commit({ kind: 'put', table: 'vault', item: { ...item, ...key }, when: { is: 'absent' } });
    }

    await expect(dataKeys({ table, keyService, clock }).of('Scope002' as Scope, '2027-01')).rejects.toThrow(
      'InvalidCiphertext',
    );
    await expect(dataKeys({ table, keyService, clock }).of(SCOPE, '2026-12')).rejects.toThrow('InvalidCiphertext');
  });

  test('an outage of the key service is not remembered', async () => {
    const { table, keyService, clock } = fixture();
    let down = true;
    const keys = dataKeys({
      table,
      clock,
      keyService: {
        ...keyService,
        generate: (context) => (down ? Promise.reject(new Error('down')) : keyService.generate(context)),
      },
    });
    await expect(keys.current(SCOPE)).rejects.toThrow('down');
    down = false;

    expect((await keys.current(SCOPE)).epoch).toBe('2027-01');
  });
});
