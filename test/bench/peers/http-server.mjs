/** The least that an API does: reads a request and replies with JSON, `http-server.mjs PORT`. */
import { createServer } from 'node:http';

const REPLY = JSON.stringify({
  id: 'pi_1',
  object: 'payment_intent',
  amount: 2000,
  currency: 'usd',
  status: 'succeeded',
});

createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(REPLY));
}).listen(Number(process.argv[2]), '127.0.0.1');
