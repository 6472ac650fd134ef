import { Hono } from 'hono';
import type { ControlContext, ControlEnv } from '../control/control-call.js';
import { methodNotAllowed } from '../control/respond.js';
import { ProblemError } from '../problem.js';

/** Swagger UI draws its arrows with `data:` images. Nothing is loaded from elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** All links are relative, so that any prefix in front of `/_sandbox` is kept. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ebp-sandbox: API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<nav aria-label="Documents">
<a href="?">EBP calls</a>
<a href="?document=control-openapi">Control plane</a>
</nav>
<main id="reference"><noscript>The reference needs JavaScript; the documents are openapi.json and control-openapi.json.</noscript></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
`;

/** The colours of Swagger UI that have too little contrast, and both colour schemes. */
const STYLE = `.swagger-ui .info a,.swagger-ui .info a .url{color:#0b4f9e}
.swagger-ui .btn.authorize{color:#0f6f46}
.swagger-ui .btn.try-out__btn.cancel{color:#b3211f}
.swagger-ui .btn.execute{background:#1d5fa8}
.swagger-ui .parameter__in,.swagger-ui .json-schema-2020-12-expand-deep-button{color:#55595f}
.dark-mode .swagger-ui .info a,.dark-mode .swagger-ui .info a .url{color:#9cc8ff}
.dark-mode .swagger-ui .btn.authorize{color:#6fd6a5}
.dark-mode .swagger-ui .opblock .opblock-section-header .btn.try-out__btn.cancel{color:#ff9b98}
.dark-mode .swagger-ui .parameter__in,.dark-mode .swagger-ui .json-schema-2020-12-expand-deep-button,.dark-mode .swagger-ui .examples-select__section-label{color:#c3c8cf}
nav{display:flex;gap:1rem;padding:.75rem 1.25rem;font:1rem sans-serif}
nav a{color:#0b4f9e}
nav a[aria-current]{font-weight:bold;text-decoration:none}
.dark-mode nav a{color:#9cc8ff}
.swagger-ui .info .title small pre,.swagger-ui .info .title small.version-stamp{color:#fff}
.swagger-ui .info .title small{background:#4a4f55}
.swagger-ui .info .title small.version-stamp{background:#2f6b0b}
.swagger-ui .opblock.opblock-post .opblock-summary-method{background:#0f6f46}
.swagger-ui .opblock.opblock-get .opblock-summary-method{background:#1d5fa8}
.swagger-ui .opblock.opblock-put .opblock-summary-method{background:#8a4b00}
.swagger-ui .opblock.opblock-delete .opblock-summary-method{background:#b3211f}
`;

const SCRIPT = `const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
paint();
dark.addEventListener('change', paint);

const asked = new URLSearchParams(location.search).get('document');
const name = asked === 'control-openapi' ? asked : 'openapi';
for (const link of document.querySelectorAll('nav a')) {
  const isHere = (new URL(link.href).searchParams.get('document') ?? 'openapi') === name;
  if (isHere) link.setAttribute('aria-current', 'page');
}
const file = name + '.json';

/** JSON as it was written, laid out: amounts keep their decimals, 106000.0. Older browsers show them without. */
const isExact = 'rawJSON' in JSON;
const exactly = (key, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source) : value);
const layOut = (value) => JSON.stringify(value, null, 2);

/** The examples of a document as texts: as values, Swagger UI would write them anew. */
function examplesAsTexts(key, value, context) {
  if (key !== 'examples' || Array.isArray(value)) return exactly(key, value, context);
  return Object.fromEntries(
    Object.entries(value).map(([name, example]) => [name, { ...example, value: layOut(example.value) }]),
  );
}

const exactNumbers = () => ({
  afterLoad() {
    const { getSampleSchema } = this.fn;
    this.fn.getSampleSchema = (schema, type, options, example) =>
      typeof example === 'string' ? example : getSampleSchema(schema, type, options, example);
  },
  wrapComponents: {
    responseBody: (ResponseBody, { React }) => (props) =>
      React.createElement(ResponseBody, { ...props, ...(isExact && laidOut(props)) }),
  },
});

/** Swagger UI writes the numbers of a JSON response anew, but shows text as it is. */
function laidOut({ content, contentType }) {
  if (!/json/.test(contentType)) return {};
  try {
    return { content: layOut(JSON.parse(content, exactly)), contentType: 'text' };
  } catch {
    return {};
  }
}

SwaggerUIBundle({
  url: file,
  plugins: [exactNumbers],
  syntaxHighlight: { activated: false },
  responseInterceptor(response) {
    if (isExact && response.url.split('?')[0].endsWith('/' + file)) {
      response.text = JSON.stringify(JSON.parse(response.text, examplesAsTexts));
    }
    return response;
  },
  domNode: document.getElementById('reference'),
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  onComplete() {
    for (const select of document.querySelectorAll('.servers select')) select.setAttribute('aria-label', 'Server');
  },
});
`;

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** The API reference: Swagger UI from this package, offline. */
export const docsRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', () => answer(PAGE, 'text/html; charset=utf-8', { 'Content-Security-Policy': POLICY }))
    .get('/page.js', () => answer(SCRIPT, JAVASCRIPT))
    .get('/page.css', () => answer(STYLE, CSS))
    .get('/swagger-ui-bundle.js', (c) => packed(c, 'swagger-ui-bundle.js', JAVASCRIPT))
    .get('/swagger-ui.css', (c) => packed(c, 'swagger-ui.css', CSS))
    .on(
      'ALL',
      ['/', '/page.js', '/page.css', '/swagger-ui-bundle.js', '/swagger-ui.css'],
      methodNotAllowed('GET'),
    );

const answer = (body: string | Uint8Array<ArrayBuffer>, type: string, headers: Record<string, string> = {}) =>
  new Response(body, { headers: { 'Content-Type': type, 'Cache-Control': 'no-cache', ...headers } });

async function packed(c: ControlContext, name: string, type: string): Promise<Response> {
  const file = await c.var.services.pageFiles.read(name);
  if (file) return answer(file, type, { 'Cache-Control': 'max-age=86400' });
  throw new ProblemError({
    status: 404,
    title: 'Not built',
    detail: `this sandbox runs without ${name}: npm run build packs it into dist/docs`,
  });
}
