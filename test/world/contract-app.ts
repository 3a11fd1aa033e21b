/** The app of one file of contract tests. */
import { afterAll, expect } from 'vitest';
import { type App, type PublicApp, startApp } from './app.ts';
import { differencesOf } from './deployed.ts';
import { startedApp } from './started-app.ts';

/** Starts the app, and stops it after the last test of the file that calls this at its top. */
export async function contractApp(): Promise<App> {
  const app = await startApp();
  afterAll(() => app.stop());
  return app;
}

/**
 * For a file that only asks what a merchant can ask: `npm test` runs it in process, and again on the embedded runtime, whose socket file it names.
 * There the audit has the last word on the merchant.
 */
export async function eitherApp(): Promise<PublicApp> {
  const { SLUICE_SOCKET: socket } = process.env;
  if (socket === undefined) return contractApp();
  const app = await startedApp(socket);
  afterAll(async () => {
    await app.settleDown();
    expect(await differencesOf(app.merchant.merchant)).toEqual([]);
  });
  return app;
}
