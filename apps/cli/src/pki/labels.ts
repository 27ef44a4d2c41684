import { KEY_USAGE_LABELS, type KeyUsage } from '@cssi/pki';
import { around, type Label, label } from './entry.ts';

/** A key usage (密钥用法): its Chinese name, and the word that standards and `--usage` have for it. */
export const usageLabel = (usage: KeyUsage): Label => label(KEY_USAGE_LABELS[usage].zh, usage);

/** Reasons of revocation (吊销原因). @standard RFC 5280 §5.3.1 */
export const REASONS: Readonly<Record<string, Label>> = {
  unspecified: label('未说明', 'unspecified'),
  keyCompromise: label('密钥泄露', 'keyCompromise'),
  cACompromise: label('CA 密钥泄露', 'cACompromise'),
  affiliationChanged: label('从属关系改变', 'affiliationChanged'),
  superseded: label('被取代', 'superseded'),
  cessationOfOperation: label('停止使用', 'cessationOfOperation'),
  certificateHold: label('冻结', 'certificateHold'),
  removeFromCRL: label('解除冻结', 'removeFromCRL'),
  privilegeWithdrawn: label('权限撤销', 'privilegeWithdrawn'),
  aACompromise: label('属性机构泄露', 'aACompromise'),
};

/** Kinds of identity that number a person. */
export const PERSONAL_KINDS: ReadonlySet<string> = new Set(['person', 'socialInsurance', 'entity', 'other']);

/** Documents of persons. */
export const DOCUMENTS: Readonly<Record<string, Label>> = {
  resident: label('居民身份证', 'resident identity card'),
  military: label('军官证', 'military identity card'),
  passport: label('护照', 'passport'),
};

/** A word with the mark of its outcome in front: ✓ passed, ✗ failed, ? not known, – not looked at. */
export const marked = (mark: '✓' | '✗' | '?' | '–', zh: string, en: string): Label =>
  around(label(zh, en), `${mark} `, '');

/** Outcomes of a signature check. */
export const SIGNATURE_CHECKS: Readonly<Record<string, Label>> = {
  right: marked('✓', '签名正确', 'signature right'),
  wrong: marked('✗', '签名不正确', 'signature wrong'),
  'key-mismatch': marked(
    '✗',
    '密钥类型与签名算法不符',
    'key of another kind than the signature algorithm needs',
  ),
  unsupported: marked('?', '无法校验该签名算法', 'signature algorithm cannot be checked'),
  'not-checked': marked('?', '未校验', 'not checked'),
};

/** Kinds of keys. */
const KEYS: Readonly<Record<string, Label>> = {
  sm2: label('SM2（256 位）', 'SM2 (256 bits)'),
  'ec:1.2.840.10045.3.1.7': label('ECDSA P-256 曲线', 'EC P-256'),
  'ec:1.3.132.0.34': label('ECDSA P-384 曲线', 'EC P-384'),
  'ec:1.3.132.0.35': label('ECDSA P-521 曲线', 'EC P-521'),
  '1.2.840.113549.1.1.1': label('RSA', 'RSA'),
  'ec-p256': label('P-256 曲线', 'EC P-256'),
  'ec-p384': label('P-384 曲线', 'EC P-384'),
  rsa: label('RSA', 'RSA'),
  other: label('其他', 'other'),
};

/** Kind of a key by the library's name. */
export const keyLabel = (name: string): Label =>
  Object.hasOwn(KEYS, name) ? KEYS[name]! : label(name, name);

/** A word of a table, or the word itself when the table has none. */
export const labelIn = (table: Readonly<Record<string, Label>>, name: string): Label =>
  Object.hasOwn(table, name) ? table[name]! : label(name, name);
