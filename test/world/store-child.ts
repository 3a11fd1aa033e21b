/** A process of its own that loads a store until it is killed: `store-child.ts <directory>`. Prints the number of each acknowledged commit. */
import { writeSync } from 'node:fs';
import { openStore } from '../../bin/embedded/store/store.ts';
import { storeTable } from '../../bin/embedded/table/store-table.ts';
import { commitOf, commitsIn } from './counted-load.ts';

const store = await openStore(process.argv[2]!, { checkpointBytes: 200_000 });
const table = storeTable(store);
let n = commitsIn(store);
writeSync(1, `${n}\n`);

async function client(): Promise<never> {
  for (;;) {
    n += 1;
    const own = n;
    await commitOf(table, own);
    await store.synced();
    writeSync(1, `${own}\n`);
  }
}
await Promise.all(Array.from({ length: 4 }, client));
