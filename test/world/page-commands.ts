/** The commands of a page that its reader types. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../bin/local/files.ts';

const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;
const INLINE = /`((?:npm|npx|node|curl) [^`]+)`/g;

/**
 * The commands of a page of this repository, each once: what stands in blocks with a language (a block in another language than sh is one
 * command, which no shell will take), and commands within sentences. Blocks without a language are pictures.
 */
export function commandsOf(page: string): readonly string[] {
  return commandsIn(readFileSync(join(ROOT, page), 'utf8'));
}

export function commandsIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(BLOCK)].flatMap(([, language, block]) =>
    language === 'sh' ? linesOf(block!) : [block!.trim()],
  );
  const sentences = text.replace(BLOCK, '').replaceAll(/^```\n[\s\S]*?^```$/gm, '');
  return [...new Set([...blocks, ...[...sentences.matchAll(INLINE)].map(([, command]) => command!)])];
}

/** One command per line, but for what a backslash or a here-document continues; without the remarks at the ends of lines. */
function linesOf(block: string): readonly string[] {
  const commands: string[] = [];
  let open: string[] = [];
  let end: string | undefined;
  for (const line of block.split('\n')) {
    end ??= /<<'?(\w+)'?/.exec(line)?.[1];
    open.push(end === undefined ? line.replace(/\s+#\s.*$/, '') : line);
    if (end === undefined ? line.endsWith('\\') : line !== end) continue;
    commands.push(open.join('\n'));
    [open, end] = [[], undefined];
  }
  return commands.filter((command) => command !== '' && !command.startsWith('#'));
}
