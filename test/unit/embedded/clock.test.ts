import { afterEach, describe, expect, it, vi } from 'vitest';
import { openClock } from '../../../bin/embedded/clock.ts';
import { memoryStore } from '../../../bin/embedded/store/store.ts';
import { crashingStore } from '../../world/crashing-store.ts';

const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('the stack’s clock', () => {
  it('shows the system’s time, and after an advance as much more', async () => {
    const clock = openClock(memoryStore(), () => 1_000);

    const before = clock.nowMs();
    const after = await clock.advance(7 * DAY_MS);

    expect([before, after, clock.nowMs()]).toEqual([1_000, 604_801_000, 604_801_000]);
  });

  it('keeps an advance over a crash once it is synced, and two advances at a time are both kept', async () => {
    const first = await crashingStore();
    const clock = openClock(first.store, () => 1_000);

    await Promise.all([clock.advance(500), clock.advance(70)]);
    await first.store.synced();
    const second = await first.crash(0);

    expect([clock.nowMs(), openClock(second.store, () => 2_000).nowMs()]).toEqual([1_570, 2_570]);
    await Promise.all([first.close(), second.close()]);
  });

  it('never goes back, and goes on from where it is when the system’s time is set back', () => {
    let systemMs = 5_000;
    const clock = openClock(memoryStore(), () => systemMs);
    const shown = [clock.nowMs()];

    for (const ms of [3_000, 3_250, 1_000, 1_001]) {
      systemMs = ms;
      shown.push(clock.nowMs());
    }

    expect(shown).toEqual([5_000, 5_000, 5_250, 5_250, 5_251]);
  });

  it.each([0, -1, 0.5, Number.NaN])('refuses to move by %s', async (ms) => {
    await expect(openClock(memoryStore()).advance(ms)).rejects.toThrow('whole milliseconds');
  });

  it('has run steadily since its start, and since an advance from then on', async () => {
    const clock = openClock(memoryStore(), () => 1_000);

    const before = clock.steadySinceMs;
    await clock.advance(500);

    expect([before, clock.steadySinceMs]).toEqual([1_000, 1_500]);
  });
});

describe('a timer', () => {
  it('calls once at its time, and an advance brings it forward', async () => {
    vi.useFakeTimers({ now: 0 });
    const clock = openClock(memoryStore());
    const calls: number[] = [];
    clock.timer(() => calls.push(clock.nowMs())).at(10_000);
    const slept = clock.sleep(3 * DAY_MS).then(() => calls.push(clock.nowMs()));

    await vi.advanceTimersByTimeAsync(9_999);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toEqual([10_000]);

    await clock.advance(3 * DAY_MS);
    await vi.advanceTimersByTimeAsync(1);
    await slept;
    expect(calls).toEqual([10_000, 259_210_000]);
  });

  it('can be set again to an earlier or a later time, and can be canceled', async () => {
    vi.useFakeTimers({ now: 0 });
    const clock = openClock(memoryStore());
    const calls: string[] = [];
    const [earlier, later, none] = ['earlier', 'later', 'none'].map((name) => clock.timer(() => calls.push(name)));

    earlier!.at(5_000);
    earlier!.at(1_000);
    later!.at(1_000);
    later!.at(5_000);
    none!.at(1_000);
    none!.cancel();

    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls).toEqual(['earlier']);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(calls).toEqual(['earlier', 'later']);
  });

  it('waits for times that are further away than a timer of the system can be, and notices that the system’s time was set forward', async () => {
    vi.useFakeTimers({ now: 0 });
    let aheadMs = 0;
    const clock = openClock(memoryStore(), () => Date.now() + aheadMs);
    const call = vi.fn<() => void>();
    clock.timer(call).at(40 * DAY_MS);

    await vi.advanceTimersByTimeAsync(100_000);
    expect(call).not.toHaveBeenCalled();
    aheadMs = 40 * DAY_MS;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call).toHaveBeenCalledOnce();
  });
});
