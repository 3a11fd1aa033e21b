/** What `npx vitest` says on a Node without a complete SQLite. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../bin/local/files.ts';

it('vitest on Node 20 says in one line which Node it needs, and ends', () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })";
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(older)}`, vitest, 'list', '--project', 'unit'],
    { cwd: ROOT, encoding: 'utf8' },
  );

  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    'vitest: Node 20.19.0 has no complete SQLite, which the tests need: `npm run check` and `npm test` fetch a newer Node (CONTRIBUTING.md).\n',
  );
});
