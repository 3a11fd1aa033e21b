/** An AWS Lambda runtime client for Node.js: polls the Runtime API (2018-06-01), runs the handler, posts its result. */
import { existsSync, statSync, writeSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });

function call(method, path, body, headers = {}) {
  const content =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((done, failed) => {
    const options = { host, port, method, agent, path: `/2018-06-01${path}`, headers: { ...content, ...headers } };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', failed);
    request.end(body);
  });
}

const errorText = (error) =>
  JSON.stringify(
    error instanceof Error
      ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') }
      : { errorType: typeof error, errorMessage: String(error), trace: [] },
  );

let requestId = '';
for (const [method, level] of Object.entries({
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  debug: 'DEBUG',
}))
  console[method] = (...values) =>
    writeSync(1, `${new Date().toISOString()}\t${requestId || 'undefined'}\t${level}\t${format(...values)}\n`);

/** The function that `_HANDLER` names, `folder/file.member`. */
async function loadHandler() {
  const name = process.env._HANDLER;
  const base = basename(name);
  const folder = name.slice(0, name.length - base.length);
  const [stem, ...members] = base.split('.');
  const file = resolve(process.env.LAMBDA_TASK_ROOT, folder, stem);
  const path = ['', '.js', '.mjs', '.cjs']
    .map((extension) => file + extension)
    .find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (!path) throw Object.assign(new Error(`Cannot find module '${file}'`), { name: 'Runtime.ImportModuleError' });
  const loaded = path.endsWith('.cjs') ? createRequire(import.meta.url)(path) : await import(pathToFileURL(path).href);
  const found = members.reduce((value, member) => value?.[member], loaded);
  const handler = found ?? members.reduce((value, member) => value?.[member], loaded.default);
  if (typeof handler !== 'function')
    throw Object.assign(new Error(`${name} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  return handler;
}

function contextOf(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  console.error(error);
  await call('POST', '/runtime/init/error', errorText(error));
  process.exit(1);
}
for (;;) {
  const next = await call('GET', '/runtime/invocation/next');
  if (next.status !== 200) process.exit(0);
  requestId = next.headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] ?? '';
  try {
    const result = await handler(JSON.parse(next.body || 'null'), contextOf(next.headers));
    await call('POST', `/runtime/invocation/${requestId}/response`, JSON.stringify(result ?? null));
  } catch (error) {
    console.error('Invoke Error', errorText(error));
    const type = { 'Lambda-Runtime-Function-Error-Type': error?.name ?? 'Error' };
    await call('POST', `/runtime/invocation/${requestId}/error`, errorText(error), type);
  }
}
