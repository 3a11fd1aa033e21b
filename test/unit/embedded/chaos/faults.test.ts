import { expect, it } from 'vitest';
import { FAULTS, type Fault, faultsOf, settingsOf } from '../../../../bin/embedded/chaos/faults.ts';

const drawn = (fault: Fault, text: string): readonly boolean[] => {
  const settings = settingsOf(text);
  if (typeof settings === 'string') throw new Error(settings);
  const faults = faultsOf(settings);
  return Array.from({ length: 2_000 }, () => faults.happens(fault));
};
const share = (draws: readonly boolean[]): number => draws.filter(Boolean).length / draws.length;

it('reads the seed, the rate and the kinds', () => {
  expect(settingsOf('seed=7')).toEqual({ seed: 7, rate: 0.01, faults: FAULTS });
  expect(settingsOf('seed=0,rate=.5,faults=late+twice')).toEqual({ seed: 0, rate: 0.5, faults: ['late', 'twice'] });
});

it.each([
  ['', 'there is no empty name'],
  ['7', 'there is no 7'],
  ['rate=0.1', 'seed must be a whole number of up to nine digits'],
  ['seed=x', 'seed must be a whole number of up to nine digits'],
  ['seed=7,rate=0', 'rate must be above 0 and at most 0.5'],
  ['seed=7,rate=0.0', 'rate must be above 0 and at most 0.5'],
  ['seed=7,rate=0.51', 'rate must be above 0 and at most 0.5'],
  ['seed=7,faults=late+rain', 'faults must be some of refused+lost+crash+late+twice'],
  ['seed=7,speed=1', 'there is no speed'],
])('refuses %j', (text, why) => {
  expect(settingsOf(text)).toBe(why);
});

it('draws at the rate, the same for the same seed, and only kinds that were asked for', () => {
  const text = 'seed=7,rate=0.1';
  expect(share(drawn('lost', text))).toBeGreaterThan(0.07);
  expect(share(drawn('lost', text))).toBeLessThan(0.13);
  expect(drawn('lost', text)).toEqual(drawn('lost', text));
  expect(drawn('lost', text)).not.toEqual(drawn('lost', 'seed=8,rate=0.1'));
  expect(drawn('lost', text)).not.toEqual(drawn('refused', text));
  expect(drawn('lost', `${text},faults=lost+late`)).toEqual(drawn('lost', text));
  expect(share(drawn('lost', `${text},faults=late`))).toBe(0);
});

it('makes messages late and doubles them only where that was asked for', () => {
  const queuesWith = (faults: readonly Fault[]) => faultsOf({ seed: 7, rate: 0.5, faults }).queues;
  const many = Array.from({ length: 100 });
  const late = queuesWith(['late']);
  expect(many.some(() => late.lateMs('jobs') > 0)).toBe(true);
  expect(many.some(() => late.duplicate('jobs'))).toBe(false);
  const twice = queuesWith(['twice']);
  expect(new Set(many.map(() => twice.duplicate('jobs')))).toEqual(new Set(['beside', 'later', undefined]));
  expect(many.some(() => twice.lateMs('jobs') > 0)).toBe(false);
});
