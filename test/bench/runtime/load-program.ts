/** The process of the load generator and the webhook receiver: its work is not counted. It is asked over IPC (load.ts). */
import { Agent, createServer, request } from 'node:http';
import type { Asked, HttpTarget, Job, JobResult, PostgresTarget, Question, Reply, Target } from './load-job.ts';
import { connectTo } from './postgres-client.ts';
import { percentile } from './statistics.ts';

/** Sends the request of this number. Rejects where the response is not what it must be. */
interface Client {
  send(number: number): Promise<void>;
  close(): Promise<void>;
}

const SHOWN = 500;

function httpClient({ urls, headers, body, expect }: HttpTarget): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const expected = new RegExp(expect);
  const numbered = (text: string, number: number): string => text.replaceAll('{n}', String(number));
  const named = Object.entries(headers);
  return {
    send: (number) =>
      new Promise((resolve, reject) => {
        const url = urls[number % urls.length]!;
        const payload = Buffer.from(numbered(body, number));
        const own = Object.fromEntries(named.map(([name, value]) => [name, numbered(value, number)]));
        const outgoing = request(
          url,
          { method: 'POST', agent, headers: { ...own, 'content-length': payload.length } },
          (incoming) => {
            const parts: Buffer[] = [];
            incoming.on('data', (part: Buffer) => parts.push(part));
            incoming.on('error', reject);
            incoming.on('end', () => {
              const text = Buffer.concat(parts).toString();
              if (incoming.statusCode! < 300 && expected.test(text)) resolve();
              else reject(new Error(`${url}: ${incoming.statusCode} ${text.slice(0, SHOWN)}`));
            });
          },
        );
        outgoing.on('error', reject);
        outgoing.end(payload);
      }),
    close: async () => agent.destroy(),
  };
}

async function postgresClient({ packages, port, statement, value }: PostgresTarget): Promise<Client> {
  const client = await connectTo(packages, port);
  return {
    async send(number) {
      const { rowCount } = await client.query({ name: 'insert', text: statement, values: [number, value] });
      if (rowCount !== 1) throw new Error(`PostgreSQL inserted ${rowCount} rows`);
    },
    close: () => client.end(),
  };
}

const clientOf = async (target: Target): Promise<Client> =>
  target.kind === 'http' ? httpClient(target) : postgresClient(target);

async function run({ target, clients, requests, mostMs, first }: Job): Promise<JobResult> {
  const each = await Promise.all(Array.from({ length: clients }, () => clientOf(target)));
  const samples: number[] = [];
  const startMs = performance.now();
  let begun = 0;
  try {
    await Promise.all(
      each.map(async (client) => {
        while (begun < requests && performance.now() - startMs < mostMs) {
          const sentMs = performance.now();
          await client.send(first + begun++);
          samples.push(performance.now() - sentMs);
        }
      }),
    );
    const ms = performance.now() - startMs;
    return { requests: begun, ms, p50Ms: percentile(samples, 0.5), p95Ms: percentile(samples, 0.95) };
  } finally {
    await Promise.all(each.map((client) => client.close()));
  }
}

const objects = new Set<string>();
let webhooks = 0;

/** Counts what arrives. Any sender's webhook that holds an event about an object is understood. */
async function listen(): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const event = JSON.parse(Buffer.concat(parts).toString()) as { data: { object: { id: string } } };
      objects.add(event.data.object.id);
      webhooks += 1;
      outgoing.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return `http://127.0.0.1:${address.port}/hook`;
}

const receiver = await listen();

const ANSWERS: { readonly [Name in keyof Asked]: (input: Asked[Name]['input']) => Promise<Asked[Name]['result']> } = {
  run,
  receiver: async () => receiver,
  delivered: async () => ({ objects: objects.size, webhooks }),
};

process.on('message', ({ id, name, input }: Question) => {
  const reply = (message: Omit<Reply, 'id'>): void => void process.send!({ id, ...message });
  (ANSWERS[name] as (given: unknown) => Promise<unknown>)(input).then(
    (result) => reply({ result }),
    (error: unknown) => reply({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
