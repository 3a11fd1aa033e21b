/** Text as GBK, which node only reads: the table is turned around once. */

let table: ReadonlyMap<string, Buffer> | undefined;

function tableOf(): ReadonlyMap<string, Buffer> {
  const made = new Map<string, Buffer>();
  const decoder = new TextDecoder('gbk');
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const bytes = Buffer.from([lead, trail]);
      const text = decoder.decode(bytes);
      if (text.length === 1 && text !== '\ufffd' && !made.has(text)) made.set(text, bytes);
    }
  return made;
}

/** Throws for a sign that GBK lacks. */
export function gbk(text: string): Buffer {
  table ??= tableOf();
  return Buffer.concat(
    [...text].map((sign) => {
      if (sign.charCodeAt(0) < 0x80) return Buffer.from(sign);
      const bytes = table!.get(sign);
      if (!bytes) throw new Error(`GBK has no ${sign}`);
      return bytes;
    }),
  );
}
