/** Draws a sequence diagram from text: actors, messages, notes and sections, one per line. Plain SVG without a layout library. */

const LEFT = 100;
const COLUMN = 175;
const ROW = 34;
const TOP = 64;

interface Actor {
  readonly name: string;
  readonly label: string;
}
type Line =
  | {
      readonly kind: 'message';
      readonly from: number;
      readonly to: number;
      readonly dashed: boolean;
      readonly text: string;
    }
  | { readonly kind: 'note'; readonly at: number; readonly text: string }
  | { readonly kind: 'section'; readonly text: string };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @throws for a line that is none of the four, and for an unknown actor */
export function sequenceSvg(source: string): string {
  const lines = source.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const actors = lines.flatMap((line): Actor[] => {
    const [, name, label] = /^actor (\w+): (.+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, label: label! }];
  });
  const steps = lines.filter((line) => !line.startsWith('actor ')).map((line) => parsed(line, actors));
  const width = LEFT * 2 + COLUMN * (actors.length - 1);
  const height = TOP + ROW * (steps.length + 1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica,Arial,sans-serif" font-size="12">`,
    '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z" fill="#333"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...actors.flatMap(({ label }, index) => actorOf(label, columnOf(index), height)),
    ...steps.flatMap((step, index) => drawn(step, TOP + ROW * (index + 1), width)),
    '</svg>',
    '',
  ].join('\n');
}

const columnOf = (index: number): number => LEFT + COLUMN * index;

function parsed(line: string, actors: readonly Actor[]): Line {
  const at = (name: string): number => {
    const index = actors.findIndex((actor) => actor.name === name);
    if (index < 0) throw new Error(`diagrams: no actor ${name} in: ${line}`);
    return index;
  };
  const [, section] = /^== (.+) ==$/.exec(line) ?? [];
  if (section !== undefined) return { kind: 'section', text: section };
  const [, noted, note] = /^note (\w+): (.+)$/.exec(line) ?? [];
  if (noted !== undefined) return { kind: 'note', at: at(noted), text: note! };
  const [, from, arrow, to, text] = /^(\w+) (--?>) (\w+): (.+)$/.exec(line) ?? [];
  if (from === undefined) throw new Error(`diagrams: cannot read: ${line}`);
  return { kind: 'message', from: at(from), to: at(to!), dashed: arrow === '-->', text: text! };
}

const actorOf = (label: string, x: number, height: number): readonly string[] => [
  `<line x1="${x}" y1="44" x2="${x}" y2="${height - 12}" stroke="#999" stroke-dasharray="3 3"/>`,
  `<rect x="${x - 78}" y="14" width="156" height="30" rx="5" fill="#e8f0fe" stroke="#4a6fa5"/>`,
  `<text x="${x}" y="33" text-anchor="middle" font-weight="bold">${escaped(label)}</text>`,
];

function drawn(line: Line, y: number, width: number): readonly string[] {
  if (line.kind === 'section')
    return [
      `<rect x="8" y="${y - 16}" width="${width - 16}" height="22" fill="#f3f3f3" stroke="#ccc"/>`,
      `<text x="18" y="${y}" font-weight="bold">${escaped(line.text)}</text>`,
    ];
  if (line.kind === 'note') return [label(columnOf(line.at), y, line.text, '#fff8dc')];
  const [from, to] = [columnOf(line.from), columnOf(line.to)];
  const dash = line.dashed ? ' stroke-dasharray="5 4"' : '';
  return [
    `<line x1="${from}" y1="${y + 6}" x2="${to}" y2="${y + 6}" stroke="#333"${dash} marker-end="url(#head)"/>`,
    label((from + to) / 2, y, line.text, '#fff'),
  ];
}

/** Text on a background of about its width, so that the lifelines do not cross it. */
function label(x: number, y: number, text: string, fill: string): string {
  const width = Math.round(text.length * 6.1) + 8;
  return `<rect x="${x - width / 2}" y="${y - 12}" width="${width}" height="16" fill="${fill}"/><text x="${x}" y="${y}" text-anchor="middle">${escaped(text)}</text>`;
}
