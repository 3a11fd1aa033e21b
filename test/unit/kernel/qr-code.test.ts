/** QR codes: an independent reader finds in the images what was put into them. */
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { qrImages } from '../../../functions/kernel/qr-code.ts';

/** The package is CommonJS: its types say that the function is the member `default`. */
const jsQR = jsqr as unknown as typeof jsqr.default;

const bytesOf = (dataUrl: string, type: string): Buffer => {
  const start = `data:${type};base64,`;
  expect(dataUrl.slice(0, start.length)).toBe(start);
  return Buffer.from(dataUrl.slice(start.length), 'base64');
};

/** What a phone's camera would read. */
const readPng = (dataUrl: string): string | undefined => {
  const { data, width, height } = PNG.sync.read(bytesOf(dataUrl, 'image/png'));
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
};

/** Draws the paths of the picture, four pixels per unit: only moves, horizontal and vertical lines are in them. */
function readSvg(dataUrl: string): string | undefined {
  const text = bytesOf(dataUrl, 'image/svg+xml').toString();
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(text)![1]);
  const side = size * 4;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, length] of text.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let row = Number(y) * 4; row < Number(y) * 4 + 4; row++)
      for (let column = Number(x) * 4; column < (Number(x) + Number(length)) * 4; column++)
        pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
  return jsQR(pixels, side, side)?.data;
}

describe('a QR code', () => {
  it.each([
    ['an order', 'weixin://wxpay/bizpayurl?pr=7wzYxA9zz'],
    ['an address', `https://api.example.com/v1/return/${'0'.repeat(31)}-${'a'.repeat(24)}?lang=zh`],
    ['other letters', '支付 Ünï'],
  ])('of %s is read from the PNG and from the SVG', (_, text) => {
    const { png, svg } = qrImages(text);

    expect(readPng(png)).toBe(text);
    expect(readSvg(svg)).toBe(text);
  });

  it('has four modules of white on each side', () => {
    const { width, data } = PNG.sync.read(bytesOf(qrImages('x').png, 'image/png'));

    const isWhite = (x: number, y: number) => data[(y * width + x) * 4] === 255;
    expect(width).toBe((21 + 8) * 8);
    expect([isWhite(31, 31), isWhite(32, 32), isWhite(width - 32, 40), isWhite(width - 33, 40)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
