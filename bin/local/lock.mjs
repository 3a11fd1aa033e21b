/** What one process at a time may do in this checkout: `npm start` and `npm test` on a fresh clone both find that something is missing. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Takes the lock, a file with the id of the process that holds it, and returns whether it did. The lock of a process that has ended is removed. */
export function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (hasEnded(holderOf(file))) rmSync(file, { force: true });
  return false;
}

/** Gives it back. */
export const release = (file) => rmSync(file, { force: true });

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/** A process of another user, which may not be signaled, has not ended. */
function hasEnded(pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
