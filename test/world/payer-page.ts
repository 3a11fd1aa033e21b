/** A payer's page as a browser without scripts uses it: its buttons by their text, and the QR code that it shows. */
import jsqr from 'jsqr';
import { PNG } from 'pngjs';

/** The package is CommonJS: its types say that the function is the member `default`. */
const readCode = jsqr as unknown as typeof jsqr.default;

/** Opens the page, presses a button of its form, and follows the way that the answer shows. Throws when there is no such button. */
export async function pressButton(url: string, text: string): Promise<Response> {
  const html = await (await fetch(url)).text();
  const form = /<form method="post">(.*?)<\/form>/s.exec(html)?.[1] ?? '';
  const [, name, value] = new RegExp(`<button name="(\\w+)" value="(\\w+)">${text}</button>`).exec(form) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no button "${text}": ${html}`);
  return fetch(url, { method: 'POST', body: new URLSearchParams({ [name]: value }) });
}

/** What a phone's camera reads from the first image of the page. */
export async function codeShownAt(url: string): Promise<string | undefined> {
  const html = await (await fetch(url)).text();
  const image = /<img src="data:image\/png;base64,([^"]+)"/.exec(html)?.[1];
  if (image === undefined) throw new Error(`no image: ${html}`);
  const { data, width, height } = PNG.sync.read(Buffer.from(image, 'base64'));
  return readCode(new Uint8ClampedArray(data), width, height)?.data;
}

/** Answers the page of a challenge, and returns the address to which it sends the payer: ours. */
export async function finishChallenge(url: string, passed: boolean): Promise<string> {
  const { headers } = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `result=${passed ? 'complete' : 'fail'}`,
  });
  return headers.get('location') ?? '';
}

/** Where our return address sends the payer on to. */
export async function sentOn(returnAddress: string): Promise<URL> {
  const { headers } = await fetch(returnAddress, { redirect: 'manual' });
  return new URL(headers.get('location')!);
}
