/** The file of details out of Alipay's zip, as text, in constant memory. */
import { Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import { StatementRefused } from '../port/statement.ts';

/** `汇总` (summary) stands in the name of the file that is not read. */
const SUMMARY = '汇总';
/** One part of the zip, bytes: so much of it is unpacked at once, at most a thousandfold. */
const PART = 16 * 1024;

/** A name in a zip without the mark of UTF-8 is read byte by byte, and is GBK here. */
const nameOf = (name: string): string =>
  /[^\0-\xff]/.test(name) ? name : new TextDecoder('gbk').decode(Buffer.from(name, 'latin1'));

/**
 * The decoded text of the file of details, part by part.
 * @throws StatementRefused where the bytes are no zip, have no such file or two, or are not GBK
 */
export async function* detailsIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('gbk', { fatal: true });
  const unpacked: { readonly data: Uint8Array; readonly final: boolean }[] = [];
  let [found, ended] = [0, false];
  const unzip = new Unzip((file) => {
    if (!/\.csv$/i.test(file.name) || nameOf(file.name).includes(SUMMARY)) return;
    found += 1;
    file.ondata = (error, data, final) => {
      if (error) throw error;
      unpacked.push({ data, final });
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  unzip.register(UnzipPassThrough);
  function* texts(): Generator<string, void> {
    if (found > 1) throw new StatementRefused('two files of details', { line: 0 });
    for (const { data, final } of unpacked.splice(0)) {
      yield decoded(decoder, data, final);
      ended ||= final;
    }
  }
  for await (const part of bytes)
    for (let at = 0; at < part.length; at += PART) {
      push(unzip, part.subarray(at, at + PART), false);
      yield* texts();
    }
  push(unzip, new Uint8Array(), true);
  yield* texts();
  if (!ended) throw new StatementRefused('no whole file of details in a zip', { line: 0 });
}

function push(unzip: Unzip, part: Uint8Array, final: boolean): void {
  try {
    unzip.push(part, final);
  } catch {
    throw new StatementRefused('not a zip', { line: 0 });
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, data: Uint8Array, final: boolean): string {
  try {
    return decoder.decode(data, { stream: !final });
  } catch {
    throw new StatementRefused('not in GBK', { line: 0 });
  }
}
