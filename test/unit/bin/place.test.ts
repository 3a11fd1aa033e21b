/** Which AWS clients a command of the tooling gets. */
import { expect, it } from 'vitest';
import { clientOptions } from '../../../bin/local/place.ts';

it('clients of the embedded runtime are refused, because without an endpoint they would be clients of AWS', () => {
  expect(() => clientOptions({ stack: 'Sluice', socket: '.local/data/control' })).toThrow(
    'The embedded runtime runs here, which AWS clients cannot reach: name a stack in AWS (--stack), or end `npm start`.',
  );
});

it('clients of an emulator have its address, and those of AWS what the environment says', () => {
  expect(clientOptions({ stack: 'Sluice', endpoint: 'http://127.0.0.1:4566' })).toMatchObject({
    endpoint: 'http://127.0.0.1:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  expect(clientOptions({ stack: 'Sluice' })).toEqual({});
});
