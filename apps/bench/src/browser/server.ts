import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize, sep } from 'node:path';
import { PAGE_HTML, PAGE_SCRIPT, WORKER_SCRIPT } from './scripts.ts';

/** What the page loads. */
export interface ServedFolders {
  /** `dist` of sm-core. */
  readonly smCore: string;
  /** Folder of the packages below `@noble`. */
  readonly noble: string;
  /** Folders of vectors by the name that they have in the report. */
  readonly vectors: Readonly<Record<string, string>>;
  /** Paths of the vector files: name of the folder, then the path below it. */
  readonly vectorFiles: readonly string[];
}

/** A running server. */
export interface PageServer {
  /** For example `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Requests that were refused, for the report: a file that is missing explains a page that stays empty. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
};

/** A file below `folder`; nothing when it is not there or the path leads out. */
function fileBelow(folder: string, path: string): Buffer | undefined {
  const location = normalize(join(folder, path));
  if (!location.startsWith(normalize(folder + sep))) return undefined;
  try {
    return statSync(location).isFile() ? readFileSync(location) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Import maps do not reach workers, so the same files are served a second time below
 * `/worker` with the names of packages turned into paths.
 */
const forWorkers = (script: string): string =>
  script.replace(/(\bfrom\s*|\bimport\s*\(?\s*)(['"])@noble\//g, '$1$2/worker/noble/');

function contentOf(folders: ServedFolders, path: string): Buffer | string | undefined {
  if (path === '/') return PAGE_HTML;
  if (path === '/page.js') return PAGE_SCRIPT;
  if (path === '/worker.js') return WORKER_SCRIPT;
  if (path === '/vectors.json') return JSON.stringify(folders.vectorFiles);
  const worker = path.startsWith('/worker/');
  const [, area = '', ...rest] = (worker ? path.slice('/worker'.length) : path).split('/');
  const below = rest.join('/');
  if (area === 'vectors') {
    const [name = '', ...inner] = rest;
    const folder = Object.hasOwn(folders.vectors, name) ? folders.vectors[name] : undefined;
    return folder === undefined ? undefined : fileBelow(folder, inner.join('/'));
  }
  const folder = { 'sm-core': folders.smCore, noble: folders.noble }[area];
  const file = folder === undefined ? undefined : fileBelow(folder, below);
  return file === undefined || !worker ? file : forWorkers(file.toString('utf8'));
}

/** Serves the page, the package and the vectors on a free port of this machine only. */
export async function servePage(folders: ServedFolders): Promise<PageServer> {
  const refused: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const content = request.method === 'GET' ? contentOf(folders, path) : undefined;
    if (content === undefined) {
      if (path !== '/favicon.ico') refused.push(path);
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path === '/' ? 'html' : path.slice(path.lastIndexOf('.') + 1)];
    response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(content);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refused,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
