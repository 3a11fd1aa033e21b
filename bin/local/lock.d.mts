export function take(file: string): boolean;
export function release(file: string): void;
