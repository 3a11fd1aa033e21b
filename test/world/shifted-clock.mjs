/**
 * Moves the clock of the process that imports it (`node --import file:///…/shifted-clock.mjs?ms=…`) by so many milliseconds. Stored data has
 * times in its keys and terms, so a stack that goes on from it must stand at its time.
 */
const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const System = Date;

class Shifted extends System {
  constructor(...parts) {
    if (parts.length === 0) super(System.now() + shiftMs);
    else super(...parts);
  }
  static now() {
    return System.now() + shiftMs;
  }
}
globalThis.Date = Shifted;
