/** Which function a path is for. Pure. */
import type { Api, Route } from '../wiring/model-types.ts';

/**
 * Finds the route of a path as it was sent: segments are compared with their escapes, so an escaped slash in an id stays part of the id (I19).
 * Routes stand below the stage, which every client's paths begin with. Version 0.1 had pages at the root, so a path without the stage has the
 * same routes.
 */
export function routesOf({ stage, routes }: Pick<Api, 'stage' | 'routes'>): (path: string) => Route | undefined {
  const exact = new Map<string, Route>();
  const below = new Map<string, Route>();
  for (const route of routes) {
    const isOpen = route.path.at(-1) === '{proxy+}';
    (isOpen ? below : exact).set((isOpen ? route.path.slice(0, -1) : route.path).join('/'), route);
  }
  return (path) => {
    const sent = path.split('/').filter((segment) => segment !== '');
    const segments = sent[0] === stage ? sent.slice(1) : sent;
    const found = exact.get(segments.join('/'));
    if (found) return found;
    for (let length = segments.length - 1; length >= 0; length--) {
      const open = below.get(segments.slice(0, length).join('/'));
      if (open) return open;
    }
    return undefined;
  };
}
