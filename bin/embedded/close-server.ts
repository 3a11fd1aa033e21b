/** The end of an HTTP server. */
import type { Server } from 'node:http';

/**
 * Takes no more connections, and resolves when the requests under way are answered. A client that sends half a request and waits would keep the
 * server for minutes: at the limit its connection is closed.
 */
export async function closeServer(server: Server, limitMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearTimeout(limit);
}
