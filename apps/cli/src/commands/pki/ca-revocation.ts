import type { Authority } from '@cssi/pki/authority';
import { type Arguments, type Command, EXIT } from '../../command.ts';
import { timeOf } from '../../files.ts';
import { withAuthority } from '../../pki/authority-folder.ts';
import { entry, label } from '../../pki/entry.ts';
import { readOneKind, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { revocationEntries, revocationJson } from '../../pki/show-authority.ts';
import { inspectCrl, inspectOcspResponse } from '../../pki/show-revocation.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { clockOf, twoOf } from './ca-applications.ts';
import { reasonOf, serialOf } from './crl.ts';

/** Which of the three is asked for. @throws SmError ERR_CLI_USAGE */
function changeOf(
  args: Arguments,
  serial: Uint8Array,
): (authority: Authority) => ReturnType<Authority['hold']> {
  const given = [args.flag('hold'), args.flag('release'), args.text('reason') !== undefined];
  if (given.filter((one) => one).length !== 1) throw usageError('expected --reason, --hold or --release');
  if (args.flag('hold')) return (authority) => authority.hold(serial);
  if (args.flag('release')) return (authority) => authority.release(serial);
  const reason = reasonOf(args.required('reason'));
  if (reason === 'certificateHold' || reason === 'removeFromCRL') throw usageError('use --hold or --release');
  const since = args.text('invalid-since');
  const more = since === undefined ? {} : { invalidityDate: timeOf(since, 'invalid-since') };
  return (authority) => authority.revoke(serial, { reason, ...more });
}

export const revokeCommand: Command = {
  synopsis: 'FOLDER SERIAL (--reason NAME [--invalid-since ISO] | --hold | --release) [--time ISO]',
  summary: 'revokes a certificate of the CA, puts it on hold or lifts the hold 吊销、冻结或解冻证书',
  options: {
    ...VIEW_OPTIONS,
    reason: {},
    'invalid-since': {},
    hold: { flag: true },
    release: { flag: true },
    time: {},
  },
  help: [
    ['--reason NAME', 'keyCompromise, superseded, cessationOfOperation, …'],
    ['--invalid-since ISO', 'since when the key is known or suspected to be lost'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const [folder, serial] = twoOf(args, 'FOLDER', 'SERIAL');
    const change = changeOf(args, serialOf(serial));
    const record = await withAuthority(folder, clockOf(args), change);
    return done(args, label('已记录', 'Recorded'), revocationEntries(record), revocationJson(record));
  },
};

export const crlCommand: Command = {
  synopsis: 'FOLDER --out FILE [--delta] [--entries N] [--form pem|der] [--time ISO]',
  summary: 'makes the revocation list of the CA 签发 CA 的吊销列表',
  options: { ...VIEW_OPTIONS, out: {}, form: {}, delta: { flag: true }, entries: {}, time: {} },
  help: [['--delta', 'a delta list on the latest complete one'], ...VIEW_HELP],
  async run(args) {
    const folder = args.only('FOLDER');
    const [out, form] = [args.required('out'), formOf(args, 'pem')];
    const der = await withAuthority(folder, clockOf(args), (authority) =>
      writeNew(out, form, 'X509 CRL', () => (args.flag('delta') ? authority.deltaCrl() : authority.crl())),
    );
    const { entries, json } = inspectCrl(der, contextOf(args));
    const title = label('已签发吊销列表', 'Revocation list issued');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

export const ocspCommand: Command = {
  synopsis: 'FOLDER REQUEST --out FILE [--form der|pem] [--time ISO]',
  summary: 'answers an OCSP request by the records of the CA 以 CA 记录应答 OCSP 请求',
  options: { ...VIEW_OPTIONS, out: {}, form: {}, time: {} },
  help: [['--out FILE', 'the response; an error response too'], ...VIEW_HELP],
  async run(args) {
    const [folder, path] = twoOf(args, 'FOLDER', 'REQUEST');
    const request = await readOneKind(path, 'ocsp-request', 'ERR_PKI_OCSP_MALFORMED');
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const der = await withAuthority(folder, clockOf(args), (authority) =>
      writeNew(out, form, 'OCSP RESPONSE', () => authority.answerOcsp(request)),
    );
    const { entries, json } = inspectOcspResponse(der, contextOf(args));
    const exitCode = json.status === 'successful' ? EXIT.done : EXIT.negative;
    const title = label('已生成 OCSP 响应', 'OCSP response made');
    return done(
      args,
      title,
      [...entry(label('文件', 'File'), out), ...entries],
      { file: out, ...json },
      exitCode,
    );
  },
};
