/** A server on a port of loopback. */
import type { Server } from 'node:http';
import { Failure } from './failure.ts';

/** Listens on the port (0: any free one) and returns it. Throws a Failure that names PORT when the port cannot be used. */
export async function listen(server: Server, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new Failure(`Port ${port} of 127.0.0.1 is taken. Choose another one: PORT=${port + 1} npm start`);
    if (code === 'EACCES')
      throw new Failure(`Port ${port} may not be used here. Choose one from 1024 up: PORT=4010 npm start`);
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address.port;
}
