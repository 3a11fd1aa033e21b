/**
 * A program: `synthesize.ts FILE CONTEXT` writes the template of `target=embedded` with these settings (JSON). A process of its own, because
 * the product does not need the CDK afterwards. `cdk synth` and the tests check the template; here the rules would take two thirds of the time.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sluiceApp } from '../../../lib/app.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const [file, settings] = process.argv.slice(2) as [string, string];
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

// The CDK's own rules for templates.
process.env.CDK_VALIDATION = 'false';
const outdir = mkdtempSync(join(dirname(file), 'assembly-'));
try {
  const { app, stack } = sluiceApp(
    {},
    {
      context: {
        ...context,
        'aws:cdk:enable-path-metadata': true,
        ...(JSON.parse(settings) as Record<string, string>),
        target: 'embedded',
      },
      outdir,
      analyticsReporting: false,
    },
  );
  writeFileSync(file, JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template));
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
