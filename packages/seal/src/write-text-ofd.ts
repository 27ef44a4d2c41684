import { sm3, toHex, utf8 } from '@cssi/sm-core';
import { SEAL_ERRORS } from './errors.ts';
import { wholeSeconds } from './internal/seal-key.ts';
import { type TextRun, wrapText } from './internal/text-layout.ts';
import { escapeXml, XML_DECLARATION } from './internal/xml-write.ts';
import { writeParts } from './internal/zip-write.ts';
import { OFD_NAMESPACE } from './spec/v1/oids.ts';
import type { TextOfdSpec } from './spec/v1/service.ts';

/** A4 with equal margins; all in millimetres. */
const PAGE = { width: 210, height: 297, margin: 25 };
const TITLE = { size: 6, leading: 12 };
const BODY = { size: 4, leading: 7 };
const LIMITS = { title: 200, lines: 2000, line: 2000, pages: 200 };
const NAMESPACE = `xmlns:ofd="${OFD_NAMESPACE}"`;
const FONT_ID = 1;

interface PlacedRun extends TextRun {
  readonly y: number;
  readonly size: number;
  readonly leading: number;
}

const tooLong = (name: string) =>
  SEAL_ERRORS.create('ERR_OFD_TEXT', { detail: `reason=length parameter=${name}` });

function checkText(text: unknown, max: number, name: string): string {
  if (typeof text !== 'string') {
    throw SEAL_ERRORS.create('ERR_OFD_TEXT', { detail: `reason=type parameter=${name}` });
  }
  if (text.length > max) throw tooLong(name);
  return text;
}

function layOut(spec: TextOfdSpec): PlacedRun[][] {
  const width = PAGE.width - 2 * PAGE.margin;
  const runs = [
    ...wrapText(spec.title, TITLE.size, width).map((run) => ({ ...run, ...TITLE })),
    ...spec.lines.flatMap((line) => wrapText(line, BODY.size, width).map((run) => ({ ...run, ...BODY }))),
  ];
  const pages: PlacedRun[][] = [[]];
  let y = PAGE.margin;
  for (const run of runs) {
    if (y + run.leading > PAGE.height - PAGE.margin) {
      pages.push([]);
      y = PAGE.margin;
    }
    pages.at(-1)!.push({ ...run, y });
    y += run.leading;
  }
  if (pages.length > LIMITS.pages) throw tooLong('lines');
  return pages;
}

function textObject(run: PlacedRun, id: number): string {
  const delta = run.advances.length === 0 ? '' : ` DeltaX="${run.advances.join(' ')}"`;
  const boundary = `${PAGE.margin} ${run.y} ${Math.max(run.width, run.size)} ${run.leading}`;
  return `<ofd:TextObject ID="${id}" Boundary="${boundary}" Font="${FONT_ID}" Size="${run.size}"><ofd:TextCode X="0" Y="${run.size}"${delta}>${escapeXml(run.text)}</ofd:TextCode></ofd:TextObject>`;
}

/**
 * Writes text as an OFD package: a title and lines on A4 pages, font named (宋体)
 * and not embedded. The same input gives the same bytes.
 *
 * @standard GB/T 33190-2016 §7
 * @throws {@link SmError} ERR_OFD_TEXT, ERR_SEAL_PARAMETER
 */
export function writeTextOfd(spec: TextOfdSpec): Uint8Array {
  const created = wholeSeconds(spec.created, 'created');
  const title = checkText(spec.title, LIMITS.title, 'title');
  if (title === '') throw SEAL_ERRORS.create('ERR_OFD_TEXT', { detail: 'reason=empty parameter=title' });
  if (!Array.isArray(spec.lines) || spec.lines.length > LIMITS.lines) throw tooLong('lines');
  const lines = spec.lines.map((line) => checkText(line, LIMITS.line, 'lines'));
  const pages = layOut({ title, lines, created });

  let id = FONT_ID;
  const pageIds = pages.map(() => ++id);
  const contents = pages.map((runs) => {
    const layer = ++id;
    const objects = runs.filter((run) => run.text !== '').map((run) => textObject(run, ++id));
    return `${XML_DECLARATION}<ofd:Page ${NAMESPACE}><ofd:Content><ofd:Layer ID="${layer}">${objects.join('')}</ofd:Layer></ofd:Content></ofd:Page>`;
  });
  const docId = toHex(sm3(utf8(JSON.stringify([title, lines, created.toISOString()])))).slice(0, 32);
  const date = created.toISOString().slice(0, 10);
  const box = `0 0 ${PAGE.width} ${PAGE.height}`;
  const pageList = pageIds
    .map((page, index) => `<ofd:Page ID="${page}" BaseLoc="Pages/Page_${index}/Content.xml"/>`)
    .join('');
  const parts = new Map<string, Uint8Array>();
  const add = (name: string, xml: string) => parts.set(name, utf8(xml));
  add(
    'OFD.xml',
    `${XML_DECLARATION}<ofd:OFD ${NAMESPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>${docId}</ofd:DocID><ofd:Title>${escapeXml(title)}</ofd:Title><ofd:CreationDate>${date}</ofd:CreationDate><ofd:Creator>CSSI</ofd:Creator></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
  );
  add(
    'Doc_0/Document.xml',
    `${XML_DECLARATION}<ofd:Document ${NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>${id}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>${box}</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>${pageList}</ofd:Pages></ofd:Document>`,
  );
  add(
    'Doc_0/PublicRes.xml',
    `${XML_DECLARATION}<ofd:Res ${NAMESPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="${FONT_ID}" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>`,
  );
  for (const [index, xml] of contents.entries()) add(`Doc_0/Pages/Page_${index}/Content.xml`, xml);
  return writeParts(parts, created);
}
