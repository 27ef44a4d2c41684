import { SmError } from '@cssi/sm-core';
import { expect } from 'vitest';

/** The code that `action` fails with, or `none`. */
export async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error, `uncoded error: ${String(error)}`).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
  return 'none';
}
