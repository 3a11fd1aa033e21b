/** A QR code (ISO/IEC 18004) as images that a page shows without another request. Pure. */
import { crc32, deflateSync } from 'node:zlib';
import { correction, generate } from 'lean-qr/nano';

/** Modules of white around the code that readers need, and pixels per module. */
const QUIET = 4;
const PIXELS = 8;

/** Data URLs. */
export interface QrImages {
  readonly png: string;
  readonly svg: string;
}

/** The code that holds `text`, with correction level M: 15 % of it may be unreadable. Throws above 2,331 bytes. */
export function qrImages(text: string): QrImages {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const size = code.size + 2 * QUIET;
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => code.get(x - QUIET, y - QUIET)),
  );
  return {
    png: `data:image/png;base64,${png(rows).toString('base64')}`,
    svg: `data:image/svg+xml;base64,${Buffer.from(svg(rows)).toString('base64')}`,
  };
}

/** One rectangle per run of dark modules. */
function svg(rows: readonly (readonly boolean[])[]): string {
  const size = rows.length;
  const runs = rows.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? '1' : '0'))
        .join('')
        .matchAll(/1+/g),
    ].map(({ 0: { length }, index }) => `M${index} ${y}h${length}v1h-${length}z`),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size * PIXELS}" height="${size * PIXELS}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${runs.join('')}"/></svg>`
  );
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG (ISO/IEC 15948) of one bit per pixel: 0 is black. */
function png(rows: readonly (readonly boolean[])[]): Buffer {
  const side = rows.length * PIXELS;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  // Each line begins with its filter, which is none.
  const lines = rows.flatMap((row) => {
    const line = Buffer.from([0, ...row.map((dark) => (dark ? 0x00 : 0xff))]);
    return Array.from({ length: PIXELS }, () => line);
  });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
