/**
 * A process of its own that fills a small disk with a store: `full-disk-child.ts <directory>`. Prints, as JSON, what happened while the disk was
 * full and after it had space again.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../bin/embedded/store/store.ts';
import { storeTable } from '../../bin/embedded/table/store-table.ts';
import { commitOf, commitsIn } from './counted-load.ts';

const directory = process.argv[2]!;
const ballast = join(directory, 'ballast');
writeFileSync(ballast, Buffer.alloc(1024 * 1024));
const store = await openStore(join(directory, 'store'), { checkpointBytes: 400_000 });
const table = storeTable(store);

let acknowledged = 0;
const refusals: string[] = [];
while (refusals.length < 20) {
  try {
    await commitOf(table, acknowledged + 1);
    await store.synced();
    acknowledged += 1;
  } catch (error) {
    refusals.push((error as Error).name);
  }
}
const whileFull = { acknowledged, stored: commitsIn(store), refusals: [...new Set(refusals)] };
rmSync(ballast);
for (let n = 0; n < 50; n++) {
  acknowledged += 1;
  await commitOf(table, acknowledged);
  await store.synced();
}
await store.close();
const again = await openStore(join(directory, 'store'));
console.log(JSON.stringify({ whileFull, after: { acknowledged, stored: commitsIn(again) } }));
await again.close();
