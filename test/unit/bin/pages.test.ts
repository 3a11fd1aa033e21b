import { expect, it } from 'vitest';
import { commandsIn } from '../../world/page-commands.ts';

const PAGE = `
Run \`npm start\`, then \`cdk deploy\` or \`npm test\`.

\`\`\`sh
npm ci
npm run check     # seconds
# only a remark
curl http://127.0.0.1:4010/v1/refunds \\
  -d amount=1
node - <<'EOF'
# not a remark

console.log(1);
EOF
npm test
\`\`\`

\`\`\`
\`npm run picture\` ──> x
\`\`\`

\`\`\`js
const a = 1;
\`\`\`
`;

it('pages: a command is a line of a block, with what continues it and without its remark, or stands in a sentence', () => {
  expect(commandsIn(PAGE)).toEqual([
    'npm ci',
    'npm run check',
    'curl http://127.0.0.1:4010/v1/refunds \\\n  -d amount=1',
    "node - <<'EOF'\n# not a remark\n\nconsole.log(1);\nEOF",
    'npm test',
    'const a = 1;',
    'npm start',
  ]);
});
