import { codeOfAsync } from './codes.ts';

/** Code of the SmError that a promise rejects with. */
export const rejectionOf = (promise: Promise<unknown>): Promise<string> => codeOfAsync(() => promise);

/** Name of the DOMException that a promise rejects with; `resolved` when it does not. */
export async function domErrorOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    if (error instanceof DOMException) return error.name;
    throw error;
  }
}
