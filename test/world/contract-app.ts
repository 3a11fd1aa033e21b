/** The app of one file of contract tests. */
import { afterAll } from 'vitest';
import { type App, startApp } from './app.ts';

/** Starts the app, and stops it after the last test of the file that calls this at its top. */
export async function contractApp(): Promise<App> {
  const app = await startApp();
  afterAll(() => app.stop());
  return app;
}
