/** Paths in which an id is missing. Read without its empty segment, such a path is another operation's: that of the collection. */

/**
 * Whether a path ends in a slash, or is one of the templates with nothing in the place of an id. Empty segments elsewhere are
 * tolerated: clients join a base address and a path with a slash too many.
 */
export function lacksId(templates: readonly string[]): (path: string) => boolean {
  const patterns = templates.filter((template) => template.includes('{')).map(patternOf);
  return (path) => path.endsWith('/') || patterns.some((pattern) => pattern.exec(path)?.slice(1).includes(''));
}

const patternOf = (template: string): RegExp => {
  const segments = template.split('/').slice(1);
  return new RegExp(`^${segments.map((segment) => (segment.startsWith('{') ? '/([^/]*)' : `/+${segment}`)).join('')}$`);
};
