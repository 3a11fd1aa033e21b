/** What leaves the process: a failure of the machine may not take back what others have seen. */

/** The call, which begins once all that it may rest on is on disk. Rejects where the disk failed, and calls nothing then. */
export const afterSync =
  <Given extends readonly unknown[], Output>(
    synced: () => Promise<void>,
    call: (...given: Given) => Promise<Output>,
  ): ((...given: Given) => Promise<Output>) =>
  async (...given) => {
    await synced();
    return call(...given);
  };

/** The answer or the error of a call, once all that it may show is on disk. Rejects where the disk failed. */
export async function onceSynced<T>(synced: () => Promise<void>, called: Promise<T>): Promise<T> {
  try {
    return await called;
  } finally {
    await synced();
  }
}
