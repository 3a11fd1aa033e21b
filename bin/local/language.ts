/** The language of the project: words and constructions that prose avoids, each with a better one, and where the sources use them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './files.ts';

/** A pattern of prose, and what to write instead. */
export interface Refusal {
  readonly pattern: RegExp;
  readonly better: string;
}

export const REFUSALS: readonly Refusal[] = [
  { pattern: /\bwho(?:so)?(?:m)?ever\b/gi, better: 'name the party: a client that, the caller' },
  { pattern: /\bunless (?:it is |they are )?told\b/gi, better: 'by default' },
  { pattern: /\b(?:re)?told\b/gi, better: 'notified, reported, receives' },
  { pattern: /\btells\b|\btelling\b|\btell of\b/gi, better: 'announces, reports, states, shows' },
  { pattern: /\b(?:comes?|came|coming) to\b/gi, better: 'equals, sums to, reaches' },
  { pattern: /\b(?:no|some|any|every)body(?:[’']s)?\b/gi, better: 'name the party, or "no object", "another process"' },
  { pattern: /\b(?:for|to|of|from|by|with|than) who\b/gi, better: 'name the party' },
  { pattern: /(?<=^|[.;:] )Who (?!is\b|are\b)(?=[a-z])(?![^.]*\?)/g, better: 'a client that, a merchant that' },
  { pattern: /\bat all\b/gi, better: 'leave it out' },
  { pattern: /\b(?:un)?heard\b|\bhears?\b/gi, better: 'received, learns' },
  { pattern: /\bstrangers?\b/gi, better: 'another merchant, an orphan' },
  { pattern: /\b(?:let|lets|letting) go\b/gi, better: 'release' },
  { pattern: /\bma(?:de|ke|kes) whole\b|\bmend(?:s|ed|ing)?\b/gi, better: 'repair, fix' },
  { pattern: /\banew\b/gi, better: 'again' },
  { pattern: /\b(?:thereof|whereof|whence|thence|hence|thereby|wherever)\b/gi, better: 'two sentences' },
  { pattern: /\bwhat (?:is|was|are|were) (?:told|said|meant|asked|shown|still|left|known)\b/gi, better: 'a noun' },
];

const BRITISH =
  /(?<![a-z])(?:un)?(?:authoris|recognis|normalis|initialis|serialis|organis|summaris|minimis|maximis|utilis|apologis|synchronis|finalis|generalis|optimis|specialis|categoris|customis|realis(?!t)|behaviour|honour|colour|favour|neighbour|cancell(?:ed|ing)|labell|travell|centre\b|catalogue|licence|defence|judgement|fulfil\b|grey\b)[a-z]*/gi;

const WORDS_IN_A_SENTENCE = 35;
const TABLE_COLUMNS = 160;

/** Comments, regular expressions (where a value may stand) and strings of a source. */
const PIECES =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[(,=:[!&|?{};]\s*|\breturn )\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** Prose of a TypeScript source, as [line, text]: its comments, and strings of more than two words (errors, titles). */
export function proseOfSource(text: string): readonly (readonly [number, string])[] {
  const found: [number, string][] = [];
  for (const match of text.matchAll(PIECES)) {
    const piece = match[0];
    if (/^\/[^*/]/.test(piece)) continue;
    const isString = !piece.startsWith('/');
    if (isString && !/[A-Za-z’]+ [A-Za-z’]+ [A-Za-z’]/.test(piece.replace(/\$\{[^}]*\}/g, 'x'))) continue;
    const first = text.slice(0, match.index).split('\n').length;
    const plain = isString ? withoutCode(piece) : withoutCode(piece).replace(/`[^`\n]*`/g, '`x`');
    found.push(...plain.split('\n').map((line, index) => [first + index, line] as [number, string]));
  }
  return found;
}

const withoutCode = (piece: string): string => piece.replace(/\$\{[^}]*\}/g, 'x');

/** Prose of a Markdown page, as [line, text], without blocks of code, names in code and targets of links. */
export function proseOfPage(text: string): readonly (readonly [number, string])[] {
  return text
    .replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ''))
    .replace(/`[^`\n]*`/g, '`x`')
    .replace(/\]\([^)\s]*\)/g, ']')
    .split('\n')
    .map((line, index) => [index + 1, line] as const);
}

/** Refused words in pieces of prose, each as `line: word → better`. */
export function refusedIn(pieces: readonly (readonly [number, string])[]): readonly string[] {
  return pieces.flatMap(([line, text]) =>
    [...REFUSALS, { pattern: BRITISH, better: 'American spelling' }].flatMap(({ pattern, better }) =>
      [...text.matchAll(pattern)].map(([word]) => `${line}: “${word.trim()}” → ${better}`),
    ),
  );
}

/** The sentences of a page that have more than 35 words, by their first words. A cell of a table and an item of a list end a sentence. */
export function longSentencesIn(page: string): readonly string[] {
  const text = proseOfPage(page)
    .map(([, line]) =>
      line
        .replace(/^#.*$/, '\n')
        .replace(/^\s*(?:[-*>]|\d+\.)\s+/, '\n\n')
        .replace(/\s*\|\s*/g, '\n\n'),
    )
    .join('\n');
  return text
    .split(/\n\s*\n|(?<=[.!?:]["”)]?)\s+/)
    .filter(
      (sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length > WORDS_IN_A_SENTENCE,
    )
    .map((sentence) => sentence.trim().split(/\s+/).slice(0, 8).join(' '));
}

/** Lines of tables over 160 characters, by their numbers. */
export const wideTableLinesIn = (page: string): readonly number[] =>
  page.split('\n').flatMap((line, index) => (line.startsWith('|') && line.length > TABLE_COLUMNS ? [index + 1] : []));

/** Everything that people read, as paths from the root. Chinese pages, fixtures and generated documents are left out. */
export function readableFiles(): readonly string[] {
  const below = ['functions', 'lib', 'bin', 'test', 'docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...atRoot, ...below]
    .filter((name) => /\.(?:ts|mjs|md)$/.test(name) && !/node_modules|^docs\/zh\/|^test\/fixtures\//.test(name))
    .filter((name) => !/language(?:\.test)?\.ts$/.test(name))
    .sort();
}

/** A file as prose checks read it: of the changelog only what is newer than 0.1. */
export function readableText(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return file === 'CHANGELOG.md' ? text.slice(0, text.indexOf('\n## 0.1.0')) : text;
}

/** Findings of one rule over every file that people read, as `file:finding`. */
export const findingsOf = (rule: (text: string, file: string) => readonly string[]): readonly string[] =>
  readableFiles().flatMap((file) => rule(readableText(file), file).map((found) => `${file}:${found}`));
