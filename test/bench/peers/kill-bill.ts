/** Kill Bill (Apache-2.0), a billing and payment platform in Java, in the servlet container Jetty. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../../../bin/local/failure.ts';
import { ROOT } from '../../../bin/local/files.ts';
import { freePort } from '../../world/free-port.ts';
import { clientsPath, once, tool } from '../../world/install-clients.ts';
import { orStop, type Peer, respondsAt, startServer } from './peer.ts';

const CHECKSUMS = join(ROOT, 'test/bench/peers/kill-bill/checksums.txt');
/** Group, artifact, version and kind. */
const ARTIFACTS = [
  ['org.kill-bill.billing', 'killbill-profiles-killbill', '0.22.26', 'war'],
  ['org.eclipse.jetty', 'jetty-runner', '9.4.57.v20241219', 'jar'],
] as const;
/** Later versions read the descriptor of the artifact, whose parent is not in the registry. */
const GET = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:get';

/** It is of the time of Java 8 and 11: later ones keep these packages closed unless they are named. */
const OPENED = [
  'java.lang',
  'java.lang.reflect',
  'java.util',
  'java.io',
  'java.net',
  'sun.net.www.content.text',
  ...['file', 'ftp', 'http', 'https', 'jar', 'jrt', 'mailto'].map((name) => `sun.net.www.protocol.${name}`),
].flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]);
const JVM = ['-Xmx512m', ...OPENED];

/** It takes the payments of one account one after the other. */
const ACCOUNTS = 32;
const HEADERS = {
  authorization: `Basic ${Buffer.from('admin:password').toString('base64')}`,
  'x-killbill-apikey': 'bench',
  'x-killbill-apisecret': 'bench',
  'x-killbill-createdby': 'bench',
  'content-type': 'application/json',
};

const folder = (): string => clientsPath('kill-bill');
/** Where Maven puts an artifact. */
const fileOf = ([group, name, version, kind]: (typeof ARTIFACTS)[number]): string =>
  join(folder(), group.replaceAll('.', '/'), name, version, `${name}-${version}.${kind}`);

/** The war holds all that it needs. */
function install(): string | undefined {
  return (
    tool('java', ['-version']) ??
    once(folder(), [CHECKSUMS], () => {
      for (const artifact of ARTIFACTS) {
        const options = [`-Dmaven.repo.local=${folder()}`, '-Dtransitive=false', `-Dartifact=${artifact.join(':')}`];
        const failed = tool('mvn', ['-q', '-B', GET, ...options]);
        if (failed !== undefined) return failed;
      }
      const found = ARTIFACTS.map(fileOf).map((file) => `${digestOf(file)}  ${basename(file)}`);
      return found.join('\n') === readFileSync(CHECKSUMS, 'utf8').trim()
        ? undefined
        : `the archives are not those of ${CHECKSUMS}`;
    })
  );
}

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** H2 in a file, which it writes at each commit and does not sync. */
function settings(data: string): readonly string[] {
  const url = `jdbc:h2:file:${data}/killbill;MODE=MYSQL;WRITE_DELAY=0;DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE`;
  const databases = ['org.killbill.dao', 'org.killbill.billing.osgi.dao'].flatMap((name) => [
    `-D${name}.url=${url}`,
    `-D${name}.user=killbill`,
    `-D${name}.password=killbill`,
  ]);
  return [...databases, `-Dorg.killbill.osgi.bundle.install.dir=${data}/bundles`, `-Djava.io.tmpdir=${data}/tmp`];
}

/** Sends a request that makes an object, and returns its address. */
async function made(url: string, body: object): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
  if (response.status !== 201) throw new Failure(`Kill Bill: ${response.status} ${await response.text()}`);
  return response.headers.get('location')!;
}

/** A tenant with its accounts: the addresses of their payments. */
async function accounts(base: string): Promise<readonly string[]> {
  await made(`${base}/kb/tenants`, { apiKey: 'bench', apiSecret: 'bench' });
  const urls: string[] = [];
  for (let account = 0; account < ACCOUNTS; account++) {
    const url = await made(`${base}/kb/accounts`, { name: `Bench ${account}`, currency: 'USD' });
    await made(`${url}/paymentMethods?isDefault=true`, { pluginName: '__EXTERNAL_PAYMENT__', pluginInfo: {} });
    urls.push(`${url}/payments`);
  }
  return urls;
}

export const KILL_BILL: Peer = {
  name: 'Kill Bill 0.22.26',
  counts:
    'a purchase by its built-in method for payments outside, on H2 in a file (written, not synced), heap of 512 MB',
  install,
  async start(data) {
    mkdirSync(join(data, 'tmp'));
    const port = await freePort();
    const base = `http://127.0.0.1:${port}/1.0`;
    const [war, jetty] = ARTIFACTS.map(fileOf);
    const server = await startServer({
      command: 'java',
      args: [...JVM, ...settings(data), '-jar', jetty!, '--host', '127.0.0.1', '--port', String(port), war!],
      cwd: data,
      answers: async () => (await fetch(`${base}/healthcheck`)).ok && respondsAt(`${base}/kb/tenants`),
    });
    const urls = await orStop(server, () => accounts(base));
    const body = JSON.stringify({
      transactionType: 'PURCHASE',
      amount: 20,
      currency: 'USD',
      paymentExternalKey: '{n}',
    });
    return { ...server, sendsWebhooks: false, target: { kind: 'http', urls, headers: HEADERS, body, expect: '^$' } };
  },
};
