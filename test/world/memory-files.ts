/** The bucket in memory: text as it is, bytes in base64. `point` is called around every call. */
import type { ByteFiles, Files } from '../../functions/table/files.ts';

export function memoryFiles(contents: Map<string, string>, point: (label: string) => Promise<void>): Files & ByteFiles {
  return {
    put: async (key, content) => {
      await point('before put');
      contents.set(key, content);
      await point('after put');
    },
    get: async (key) => {
      await point('before get');
      return contents.get(key);
    },
    putBytes: async (key, content) => {
      await point('before put');
      contents.set(key, Buffer.from(content).toString('base64'));
      await point('after put');
    },
    getBytes: async (key) => {
      await point('before get');
      const text = contents.get(key);
      return text === undefined ? undefined : Buffer.from(text, 'base64');
    },
  };
}
