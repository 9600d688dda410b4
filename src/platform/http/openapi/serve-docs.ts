import type { INestApplication } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { pageDocument } from './page-document.js';

/** Where the OpenAPI document is served. */
export const documentPath = '/api/openapi.json';
/** Where the documentation page is served. */
export const docsPath = '/api/docs';

/**
 * Room on narrow screens, room for a token, and no more of Swagger UI's own than the switch for dark colours, of
 * which some are too close to each other to be read. No answer has links.
 */
const customCss = `
.swagger-ui .topbar { padding: 2px 0; }
.swagger-ui .topbar .link { display: none; }
.swagger-ui .topbar .topbar-wrapper { justify-content: flex-end; }
.swagger-ui .info { margin: 24px 0; }
.swagger-ui .servers-title, .swagger-ui .servers { display: none; }
.swagger-ui .scheme-container { padding: 12px 0; }
.swagger-ui .auth-container input[type=text] { width: 100%; max-width: none; }
.swagger-ui .response-col_links { display: none; }
.swagger-ui .opblock .opblock-summary-method { color: #16191d; text-shadow: none; }
html:not(.dark-mode) .swagger-ui .btn.cancel { color: #c62828; border-color: #c62828; }
html.dark-mode .swagger-ui table.headers td { color: #e4e6e6; }
html.dark-mode .swagger-ui .opblock.opblock-put .opblock-section-header { background: #4a3020; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .opblock .opblock-summary-method { min-width: 62px; padding: 6px 0; }
  .swagger-ui .opblock-body, .swagger-ui .responses-inner { overflow-x: auto; }
  .swagger-ui table.headers thead { display: none; }
  .swagger-ui table.headers :is(tbody, tr, td) { display: block; }
}`;

/**
 * Serves the OpenAPI document and a Swagger UI page on it, both without a token. The page loads its own
 * files only, so it works without a network. Call it before `init` or `listen`.
 */
export function serveDocs(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup(docsPath, app, document, { ui: false, raw: ['json'], jsonDocumentUrl: documentPath });
  SwaggerModule.setup(docsPath, app, () => pageDocument(document), {
    raw: false,
    customSiteTitle: document.info.title,
    customCss,
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      deepLinking: true,
      // Opened one by one: all of them together take seconds to draw.
      defaultModelsExpandDepth: 0,
      // The validator is a service on the internet.
      validatorUrl: null,
    },
  });
}
