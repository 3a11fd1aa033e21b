/** The log of the functions: one JSON line per event, as on AWS, without what is secret. */
import { type Logger, safeMember } from '../../../functions/kernel/log.ts';

/** The logger of one function. `write` gets whole lines without their ends. */
export function lineLogger(service: string, nowMs: () => number, write: (line: string) => void): Logger {
  const logged =
    (level: string): Logger['info'] =>
    (message, ...facts) => {
      const head = { level, message, timestamp: new Date(nowMs()).toISOString(), service };
      write(JSON.stringify(Object.assign(head, ...facts), safeMember));
    };
  return { info: logged('INFO'), warn: logged('WARN'), error: logged('ERROR') };
}
