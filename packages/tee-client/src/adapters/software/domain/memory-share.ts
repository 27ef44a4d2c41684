import { createMemoryAccount, type MemoryAccount } from '../../../runtime/context.ts';

/** An instance's own account within the application's. */
export function shareOf(whole: MemoryAccount, onExceeded: (wanted: number) => void): MemoryAccount {
  const own = createMemoryAccount(whole.quota);
  return Object.freeze({
    reserve: (bytes: number): boolean => {
      if (whole.reserve(bytes) && own.reserve(bytes)) return true;
      onExceeded(bytes);
      return false;
    },
    release: (bytes: number): void => {
      const given = Math.min(bytes, own.used);
      own.release(given);
      whole.release(given);
    },
    get used(): number {
      return own.used;
    },
    get peak(): number {
      return own.peak;
    },
    get quota(): number {
      return own.quota;
    },
  });
}
