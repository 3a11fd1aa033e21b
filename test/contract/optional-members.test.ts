/** Optional members of the SDK's types: an answer has each, or the list of absent members says why none has. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeOptionalMembers } from '../scenarios/optional-members.ts';
import { ABSENT, OF_TYPES } from '../world/absent-members.ts';
import { contractApp } from '../world/contract-app.ts';
import { answerListeners } from '../world/recording.ts';
import { absentMembers, membersIn, objectTypes } from '../world/sdk-members.ts';

const app = await contractApp();
const types = objectTypes();
/** Objects that Stripe does not have. */
const OURS = ['channel_account', 'ledger_account', 'settlement_report', 'webhook_delivery'];
const LISTS = ['list', 'search_result'];

let members: ReadonlyMap<string, ReadonlySet<string>>;
/** By object, what no answer has. */
let absent: Readonly<Record<string, readonly string[]>>;
beforeAll(async () => {
  const bodies: unknown[] = [];
  const listen = (body: unknown): void => void bodies.push(body);
  answerListeners.add(listen);
  await makeOptionalMembers(app);
  answerListeners.delete(listen);
  members = membersIn(bodies);
  absent = Object.fromEntries(
    [...members].flatMap(([object, present]) => {
      const typed = types.get(object);
      return typed ? [[object, absentMembers(typed, present)]] : [];
    }),
  );
}, 60_000);

/** The names of a list: `a.{b,c}` are two. */
const namesOf = (list: string): readonly string[] =>
  list.split(' ').flatMap((name) => {
    const [, before, inner] = /^(.*)\{(.*)\}$/.exec(name) ?? [];
    return inner === undefined ? [name] : inner.split(',').map((one) => `${before}${one}`);
  });
const listed = new Map<string, string[]>();
for (const { members: lists } of ABSENT)
  for (const [object, list] of Object.entries(lists))
    listed.set(object, [...(listed.get(object) ?? []), ...namesOf(list)]);
const ofTypes = (object: string): readonly string[] => (OF_TYPES[object] ? namesOf(OF_TYPES[object]) : []);

it('each object of Stripe’s that is answered has a type in the SDK, and each type that is served is answered', () => {
  const unknown = [...members.keys()].filter((object) => !types.has(object) && !OURS.includes(object));
  const served = [...listed.keys(), ...Object.keys(OF_TYPES), 'product', 'setup_attempt', 'review', 'country_spec'];

  expect(unknown.filter((object) => !LISTS.includes(object))).toEqual([]);
  expect(served.filter((object) => !members.has(object))).toEqual([]);
  expect(members.size).toBeGreaterThan(20);
});

describe('an optional member', () => {
  it('is in an answer, or the list says why it is in none', () => {
    const unlisted = Object.entries(absent).flatMap(([object, paths]) => {
      const known = new Set([...(listed.get(object) ?? []), ...ofTypes(object)]);
      return paths.filter((path) => !known.has(path)).map((path) => `${object}.${path}`);
    });

    expect(unlisted).toEqual([]);
  });

  it('that is listed is in no answer, and in the types', () => {
    const stale = [...listed].flatMap(([object, paths]) =>
      paths.filter((path) => !absent[object]?.includes(path)).map((path) => `${object}.${path}`),
    );

    expect(stale).toEqual([]);
  });

  it('is listed once', () => {
    const all = [...listed].flatMap(([object, paths]) =>
      [...paths, ...ofTypes(object)].map((path) => `${object}.${path}`),
    );

    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});
