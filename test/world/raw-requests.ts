/** Requests without the SDK, for what it would never send, with each answer as one object. */
import type { PublicApp } from './app.ts';

/** The status, and the error's members or the object's. */
export type Told = { readonly status: number; readonly [member: string]: unknown };
type Headers = Readonly<Record<string, string>>;

export interface Raw {
  readonly send: (method: string, path: string, body?: string, headers?: Headers) => Promise<Response>;
  readonly post: (path: string, body: string, headers?: Headers) => Promise<Told>;
  readonly get: (path: string, headers?: Headers) => Promise<Told>;
}

export const FORM = 'application/x-www-form-urlencoded';

/** With the secret key of the app's merchant, unless a header says otherwise. */
export function rawOf(app: PublicApp, key = app.merchant.test.secretKey): Raw {
  const send: Raw['send'] = (method, path, body, headers = {}) =>
    app.fetch(path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': FORM }), ...headers },
      ...(body !== undefined && { body }),
    });
  const told = async (answer: Promise<Response>): Promise<Told> => {
    const response = await answer;
    const { error, ...object } = (await response.json()) as { error?: object };
    return { status: response.status, ...(error ?? object) };
  };
  return {
    send,
    post: (path, body, headers) => told(send('POST', path, body, headers)),
    get: (path, headers) => told(send('GET', path, undefined, headers)),
  };
}
