import { pemEncode } from '@cssi/pki';
import type { Arguments } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';
import { PUBLIC_MODE, withNewFile } from '../files.ts';

/** What `--form` says. */
export type Form = 'pem' | 'der';

/** Form of `--form`. @throws SmError ERR_CLI_USAGE */
export function formOf(args: Arguments, otherwise: Form): Form {
  const text = args.text('form') ?? otherwise;
  if (text !== 'pem' && text !== 'der') {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: '--form expects pem or der' });
  }
  return text;
}

/** Content of a file with one structure. */
export const inForm = (form: Form, label: string, der: Uint8Array): string | Uint8Array =>
  form === 'pem' ? pemEncode(label, der) : der;

/**
 * Makes a file that `make` fills; it is there before `make` starts, so that nothing is signed for want of
 * a place, and gone when `make` fails. A file that exists is never replaced. Everybody may read it.
 *
 * @throws SmError ERR_CLI_FILE
 */
export function writeNew<T extends Uint8Array>(
  path: string,
  form: Form,
  label: string,
  make: () => Promise<T>,
): Promise<T> {
  return withNewFile(path, PUBLIC_MODE, async (write) => {
    const der = await make();
    await write(inForm(form, label, der));
    return der;
  });
}
