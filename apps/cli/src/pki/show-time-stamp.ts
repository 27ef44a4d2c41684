import { parseTimeStampRequest, parseTimeStampResponse, parseTimeStampToken } from '@cssi/pki/timestamp';
import { toHex } from '@cssi/sm-core';
import { entry, type Label, label } from './entry.ts';
import { findingEntries, type InspectContext, type Inspected } from './inspected.ts';
import { labelIn, marked } from './labels.ts';
import { personal } from './names.ts';
import { oidText } from './oid-names.ts';
import { inspectMessage } from './show-message.ts';
import { imprintEntries, timeStampEntries, timeStampJson } from './show-time-stamp-info.ts';

/** A time stamp request as it is shown. @throws SmError ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectTimeStampRequest(der: Uint8Array, { policy }: InspectContext): Inspected {
  const request = parseTimeStampRequest(der, { policy });
  const { imprint, certReq } = request;
  return {
    kind: 'time-stamp-request',
    title: label('时间戳请求', 'Time stamp request'),
    entries: [
      ...imprintEntries(imprint),
      ...entry(label('策略', 'Policy'), request.policy === undefined ? undefined : oidText(request.policy)),
      ...entry(label('随机数', 'Nonce'), request.nonce?.toString(16)),
      ...entry(label('请求附带证书', 'Certificate wanted'), certReq ? label('是', 'yes') : label('否', 'no')),
      ...findingEntries(request.findings),
    ],
    json: {
      hash: imprint.hash,
      imprint: toHex(imprint.digest),
      policy: request.policy ?? null,
      nonce: request.nonce?.toString(16) ?? null,
      certReq,
      findings: request.findings.map(({ code, where }) => ({ code, where })),
    },
  };
}

const STATUS: Readonly<Record<string, Label>> = {
  granted: marked('✓', '已签发', 'granted'),
  grantedWithMods: marked('✓', '已签发（有改动）', 'granted with modifications'),
  rejection: marked('✗', '拒绝', 'rejection'),
  waiting: marked('?', '等待', 'waiting'),
  revocationWarning: marked('✗', '吊销警告', 'revocation warning'),
  revocationNotification: marked('✗', '已吊销', 'revocation notification'),
};

/** A time stamp token as it is shown. @throws SmError ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectTimeStampToken(der: Uint8Array, context: InspectContext): Inspected {
  const { info, findings } = parseTimeStampToken(der, { policy: context.policy });
  const message = inspectMessage(der, context);
  return {
    kind: 'time-stamp-token',
    title: label('时间戳令牌', 'Time stamp token'),
    entries: [
      ...timeStampEntries(info, context),
      { label: message.title, below: message.entries },
      ...findingEntries(findings),
    ],
    json: { ...timeStampJson(info), message: message.json },
  };
}

/** The answer of a time stamp authority as it is shown. @throws SmError ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectTimeStampResponse(der: Uint8Array, context: InspectContext): Inspected {
  const { status, statusText, failures, token } = parseTimeStampResponse(der);
  const inside = token === undefined ? undefined : inspectTimeStampToken(token, context);
  return {
    kind: 'time-stamp-response',
    title: label('时间戳响应', 'Time stamp response'),
    entries: [
      ...entry(label('状态', 'Status'), labelIn(STATUS, status)),
      ...entry(
        label('说明', 'Text'),
        statusText.map((text) => personal(text, context)),
      ),
      ...entry(label('失败原因', 'Failures'), failures),
      ...(inside === undefined ? [] : [{ label: inside.title, below: inside.entries }]),
    ],
    json: {
      status,
      statusText: statusText.map((text) => personal(text, context)),
      failures: [...failures],
      token: inside?.json ?? null,
    },
  };
}
