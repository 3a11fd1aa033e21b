import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { diagrams } from '../../bin/local/diagrams.ts';

const drawn = [...(await diagrams())];

it.each(drawn)('%s is what `npm run diagrams` draws, and the architecture page shows it', (path, svg) => {
  expect(readFileSync(path, 'utf8')).toBe(svg);
  expect(readFileSync('docs/architecture.md', 'utf8')).toContain(`](${path.replace('docs/', '')})`);
});
