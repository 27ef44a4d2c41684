import { type JsonValue, parseJson, toHex } from '@cssi/sm-core';
import {
  decodeReferenceValues,
  MAX_REFERENCE_BYTES,
  openReferenceStore,
  type ReferenceValues,
  signReferenceValues,
} from '@cssi/tee-client/evidence';
import { type CommandGroup, EXIT } from '../../command.ts';
import { CLI_ERRORS } from '../../errors.ts';
import { PUBLIC_MODE, readBounded, timeOf, withNewFile } from '../../files.ts';
import { type Entry, entry, entryLinesOf, group, label } from '../../pki/entry.ts';
import { usageError } from '../../pki/options.ts';
import { languageOf } from '../../pki/view.ts';
import { issuersOf } from '../../ta/attestation-input.ts';
import { withResultSigner } from '../../ta/result-signer.ts';

/** Members of `FILE`: those of the set that signing does not add. */
const MEMBERS = ['sequence', 'notBefore', 'notAfter', 'measurements', 'versions', 'revoked'] as const;

type Contents = Omit<ReferenceValues, 'format' | 'issuer'>;

/** The contents of a file; their values are judged when they are signed. */
async function readContents(path: string): Promise<Contents> {
  const bytes = await readBounded(path, MAX_REFERENCE_BYTES);
  let value: JsonValue;
  try {
    value = parseJson(bytes, MAX_REFERENCE_BYTES);
  } catch (cause) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `file=${path} reason=not JSON`, cause });
  }
  const names = value === null || typeof value !== 'object' || Array.isArray(value) ? [] : Object.keys(value);
  // A member that signing would replace, the issuer for one, must not seem to count.
  if (names.length !== MEMBERS.length || !MEMBERS.every((name) => names.includes(name))) {
    throw usageError(`file=${path} needs exactly the members ${MEMBERS.join(' ')}`);
  }
  return value as unknown as Contents;
}

function entriesOf(values: ReferenceValues, algorithm: string, checked: boolean): Entry[] {
  const { issuer, sequence, notBefore, notAfter, measurements, versions, revoked } = values;
  const signature = checked
    ? label('正确，由所给密钥签署', 'right, by the key given')
    : label('未检查：请用 --issuer 指定签署密钥', 'NOT checked: give the key with --issuer');
  return [
    ...entry(label('签署者', 'issuer'), issuer),
    ...entry(label('算法', 'algorithm'), algorithm),
    ...entry(label('签名', 'signature'), signature),
    ...entry(label('序号', 'sequence'), String(sequence)),
    ...entry(label('有效期', 'in force'), `${notBefore} – ${notAfter}`),
    ...group(
      label('度量值', 'measurements'),
      measurements.map(({ type, by, of, label: text, values: list }) => ({
        label: `${type} ${by}=${of}`,
        value: [text, ...list],
      })),
    ),
    ...group(
      label('最低版本', 'minimum versions'),
      versions.map(({ type, component, minimum }) => ({
        label: `${type} ${component}`,
        value: String(minimum),
      })),
    ),
    ...entry(label('已撤销', 'withdrawn'), revoked),
  ];
}

export const referenceCommands: CommandGroup = {
  'reference sign': {
    synopsis: 'FILE --key KEY --out FILE',
    summary: 'signs reference values with SM2 or P-256: which measurements and versions are accepted',
    options: { key: {}, out: {} },
    help: [
      ['FILE', `JSON with ${MEMBERS.join(', ')}`],
      ['--key FILE', 'private key of the issuer, SM2 or P-256'],
      ['--out FILE', 'the signed set; never replaces a file'],
    ],
    async run(args) {
      const out = args.required('out');
      const key = args.required('key');
      const contents = await readContents(args.only('FILE'));
      return withNewFile(out, PUBLIC_MODE, async (write) => {
        const signed = await withResultSigner(key, (signer) => signReferenceValues(contents, signer));
        await write(signed);
        const { values, algorithm } = decodeReferenceValues(signed);
        const { issuer, sequence } = values;
        return {
          exitCode: EXIT.done,
          json: { out, issuer, algorithm, sequence },
          lines: [`${out}: sequence ${sequence}, ${algorithm}, issuer ${issuer}`],
        };
      });
    },
  },
  'reference show': {
    synopsis: 'FILE [--issuer KEY…] [--time ISO] [--lang zh|en|both]',
    summary: 'shows signed reference values; with --issuer checks signature and dates',
    options: { issuer: { many: true }, time: {}, lang: {} },
    help: [
      ['--issuer FILE', 'public key that has to have signed them; without it the signature is not checked'],
      ['--time ISO', 'when they have to be in force; now when left out'],
    ],
    async run(args) {
      const language = languageOf(args);
      const time = timeOf(args.text('time'));
      const keys = args.many('issuer');
      const signed = await readBounded(args.only('FILE'), MAX_REFERENCE_BYTES);
      const { values, algorithm, signature } = decodeReferenceValues(signed);
      // A store is what will use them: it refuses here what it would refuse there.
      if (keys.length > 0) openReferenceStore({ issuers: await issuersOf(keys) }).add(signed, time);
      return {
        exitCode: EXIT.done,
        json: {
          checked: keys.length > 0,
          algorithm,
          signature: toHex(signature),
          values: values as unknown as JsonValue,
        },
        lines: entryLinesOf(entriesOf(values, algorithm, keys.length > 0), language),
      };
    },
  },
};
