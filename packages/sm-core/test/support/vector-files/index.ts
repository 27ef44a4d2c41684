import { makeSchemas } from './schemas.ts';
import { Seeded } from './seeded.ts';
import { sm2Cipher } from './sm2-cipher.ts';
import { sm2Exchange } from './sm2-exchange.ts';
import { sm2Keys } from './sm2-keys.ts';
import { sm2Sign } from './sm2-sign.ts';
import { sm2Verify } from './sm2-verify.ts';
import { hkdfFile, hmacFile, pbkdf2File, sm2KdfFile, sm3File } from './sm3-kdf.ts';
import { sm4Ccm, sm4Gcm } from './sm4-aead.ts';
import { sm4Modes } from './sm4-modes.ts';
import { zucFile } from './zuc.ts';

/** The seed that the committed files are made from. */
const SEED = 'cssi vectors 1';

const MAKERS: readonly ((random: Seeded) => { readonly path: string; text(): string })[] = [
  sm2Cipher,
  sm2Exchange,
  sm2Keys,
  sm2Sign,
  sm2Verify,
  sm3File,
  hmacFile,
  hkdfFile,
  pbkdf2File,
  sm2KdfFile,
  sm4Modes,
  sm4Gcm,
  sm4Ccm,
  zucFile,
];

/** Every file of `vectors` that is made here, with its schemas, by its path below the folder. */
export function* makeVectorFiles(): Iterable<{ readonly path: string; readonly text: string }> {
  for (const make of MAKERS) {
    const file = make(new Seeded(`${SEED} ${make.name}`));
    yield { path: file.path, text: file.text() };
  }
  yield* makeSchemas();
}
