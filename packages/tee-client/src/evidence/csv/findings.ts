import type { FindingText } from '../report-builder.ts';

/** What the verifier of CSV reports finds. @internal */
export const CSV_FINDINGS = {
  formatRight: [
    'EVIDENCE_READ',
    'The report is encoded as its specification says.',
    '证明报告的编码符合规范。',
  ],
  signatureRight: [
    'EVIDENCE_SIGNATURE_RIGHT',
    'The platform endorsement key signed the report.',
    '平台背书密钥（PEK）对证明报告的签名正确。',
  ],
  signatureWrong: [
    'EVIDENCE_SIGNATURE_WRONG',
    'The signature of the report is wrong.',
    '证明报告的签名错误。',
  ],
  macRight: [
    'CSV_SIGNER_MAC_RIGHT',
    'The MAC over signing certificate and serial number is right; its key is in the report, so it proves no origin.',
    '签名证书和序列号的消息鉴别码正确；其密钥就在报告中，因此不能证明来源。',
  ],
  macWrong: [
    'CSV_SIGNER_MAC_WRONG',
    'The MAC over signing certificate and serial number is not that of this report.',
    '签名证书和序列号的消息鉴别码与本报告不符。',
  ],
  usagesRight: [
    'CSV_CERTIFICATES_RIGHT',
    'The certificates are of the kinds a CSV chain is made of and name each other.',
    '各证书类型符合 CSV 证书链要求，密钥标识前后衔接。',
  ],
  usageWrong: [
    'CSV_KEY_USAGE_WRONG',
    'A key is used for what its certificate does not say.',
    '密钥被用于其证书未声明的用途。',
  ],
  slotWrong: [
    'CSV_SIGNATURE_SLOT_WRONG',
    'A certificate lacks the signature slot of its issuer, or has a slot nobody may fill.',
    '证书缺少上级密钥的签名槽，或含有不应填写的签名槽。',
  ],
  keyIdWrong: [
    'CSV_KEY_ID_MISMATCH',
    'A certificate names another issuer than the one given.',
    '证书所指的签发者与所提供的不一致。',
  ],
  endorsementMissing: [
    'CSV_ENDORSEMENT_MISSING',
    'HSK or CEK of the chip was not given, so the chain ends before an anchor.',
    '未提供芯片的 HSK 或 CEK 证书，证书链未能到达信任锚。',
  ],
  pekWrong: [
    'CSV_PEK_SIGNATURE_WRONG',
    'No chip key given signed the platform endorsement key.',
    '平台背书密钥证书未由所提供的芯片密钥（CEK）签发。',
  ],
  cekWrong: [
    'CSV_CEK_SIGNATURE_WRONG',
    'The signature of the chip key is wrong.',
    '芯片密钥（CEK）证书的签名错误。',
  ],
  hskWrong: [
    'CSV_HSK_SIGNATURE_WRONG',
    'The signature of the signing key is wrong.',
    '签名密钥（HSK）证书的签名错误。',
  ],
  hrkWrong: [
    'CSV_HRK_SIGNATURE_WRONG',
    'The root key given as an anchor has not signed itself.',
    '作为信任锚给出的根密钥（HRK）的自签名错误。',
  ],
  ocaWrong: [
    'CSV_OCA_SIGNATURE_WRONG',
    'The owner key given did not sign the platform endorsement key.',
    '平台背书密钥证书未由所提供的所有者密钥（OCA）签发。',
  ],
  ocaRight: [
    'CSV_OCA_SIGNATURE_RIGHT',
    'The owner key given signed the platform endorsement key too.',
    '所提供的所有者密钥（OCA）也签发了平台背书密钥证书。',
  ],
  pathToAnchor: ['PATH_TO_ANCHOR', 'The chain leads to a trust anchor.', '证书链可追溯至信任锚。'],
  noPathToAnchor: [
    'NO_PATH_TO_ANCHOR',
    'No root key given signed the chain.',
    '证书链无法追溯至所给的信任锚。',
  ],
  noAnchorGiven: ['NO_ANCHOR_GIVEN', 'No trust anchor was given.', '未提供信任锚。'],
  reportDataRequired: [
    'REPORT_DATA_REQUIRED',
    'A report of version 1 leaves its mask unsigned: with no challenge to compare, nobody would notice a change of it.',
    '版本 1 报告的掩码（anonce）不在签名之内，未给出挑战值时无法确认其未被改动。',
  ],
  launchNotCompared: [
    'CSV_LAUNCH_NOT_COMPARED',
    'The mask of version 1 is not signed: its policy is to be believed only beside an expected launch measurement.',
    '版本 1 报告的掩码未经签名：只有启动度量值（launch）与预期一致时，其策略等字段才可信。',
  ],
  noRegisters: [
    'CSV_NO_REGISTERS',
    'Reports of version 1 have no registers an event log could lead to.',
    '版本 1 报告没有可与事件日志比对的度量寄存器。',
  ],
} as const satisfies Readonly<Record<string, FindingText>>;
