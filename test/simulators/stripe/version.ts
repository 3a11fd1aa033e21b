/** The version of the API that the simulator speaks: that of the official library it is judged by. */
export const API_VERSION = '2026-10-28.endive';
