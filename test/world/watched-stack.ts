/** An embedded stack in this process with witnesses outside of it: a channel that it reaches over HTTP, and its vault's program. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { embeddedBundle } from '../../bin/embedded/bundle.ts';
import type { EmbeddedStack, StackOptions } from '../../bin/embedded/run/stack.ts';
import type { Disk } from '../../bin/embedded/store/store.ts';
import type { Template } from '../../bin/embedded/wiring/resolve.ts';
import { embeddedTemplate } from '../../bin/embedded/wiring/template.ts';
import { localPath, ROOT } from '../../bin/local/files.ts';
import { DEFAULT_STACK } from '../../bin/local/place.ts';

export interface WatchedStack extends EmbeddedStack {
  /** Paths of the requests that have reached the channel. */
  readonly channelRequests: readonly string[];
  /** Messages between the main process and the vault's, in the order in which the vault's process had them: `vault asks 7 table vault-api commit`. */
  readonly vaultMessages: () => readonly string[];
  /** Where the stack keeps files. */
  readonly files: string;
}

/** Starts a stack of a new directory on this disk. */
export async function startWatched(directory: string, disk: Disk): Promise<WatchedStack> {
  const channelRequests: string[] = [];
  let baseUrl = '';
  const channel = await forwarding(
    () => baseUrl,
    (path) => channelRequests.push(path),
  );
  const { port } = channel.address() as AddressInfo;
  const { template } = await embeddedTemplate({
    root: ROOT,
    cacheFile: localPath('embedded', 'template.json'),
    settings: {},
  });
  const bundle = await embeddedBundle(ROOT, localPath('embedded', 'runtime'));
  const { startStack } = (await import(pathToFileURL(bundle.main).href)) as {
    readonly startStack: (options: StackOptions) => Promise<EmbeddedStack>;
  };
  const lines = join(directory, 'vault-messages');
  process.env.WATCHED_VAULT = pathToFileURL(bundle.vault).href;
  process.env.WATCHED_LINES = lines;
  mkdirSync(directory, { recursive: true });
  const stack = await startStack({
    port: 0,
    directory,
    runFolder: directory,
    keysFolder: join(directory, 'keys'),
    template: withSandboxAt(`http://127.0.0.1:${port}/v1/sandbox`, template),
    stackName: DEFAULT_STACK,
    vaultProgram: fileURLToPath(new URL('./watched-vault.mjs', import.meta.url)),
    disk,
    failed: (message) => console.error(message),
    onStop: ({ message }) => console.error(message),
  });
  baseUrl = stack.baseUrl;
  return {
    ...stack,
    channelRequests,
    vaultMessages: () => (existsSync(lines) ? readFileSync(lines, 'utf8').split('\n').slice(0, -1) : []),
    files: join(directory, 'files'),
    async stop() {
      await stack.stop();
      channel.closeAllConnections();
      await new Promise((resolve) => channel.close(resolve));
    },
  };
}

/** The stack's own sandbox, seen from outside: its functions reach it as they reach a channel. */
async function forwarding(baseUrl: () => string, noted: (path: string) => void): Promise<Server> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    noted(url);
    const body = Buffer.concat(await incoming.toArray());
    const { host: _, connection: __, 'content-length': ___, ...others } = headers as Record<string, string>;
    const answer = await fetch(`${baseUrl()}${url}`, { method, headers: others, ...(method === 'POST' && { body }) });
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Each function finds the sandbox at this address. */
function withSandboxAt(address: string, template: Template): Template {
  const text = JSON.stringify(template, (name, value: unknown) => (name === 'SANDBOX_URL' ? address : value));
  return JSON.parse(text) as Template;
}
