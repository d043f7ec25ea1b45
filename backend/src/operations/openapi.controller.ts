// The OpenAPI document, and a page that shows it.
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

/** The page; its script and style are files of `dist/page/api-docs`, so that the content security policy stays strict. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sillage API</title>
    <link rel="stylesheet" href="/api-docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api-docs/swagger-ui-bundle.js"></script>
    <script src="/api-docs/start.js"></script>
  </body>
</html>
`;

@Controller('api')
export class OpenApiController {
  private document: unknown;

  /** Creates the document on the first request. */
  @Get('openapi.json')
  async describe(@Res() response: Response): Promise<void> {
    const { openApiDocument } = await import('../ai-chat/openapi/document.ts');
    this.document ??= openApiDocument();
    response.set('Cache-Control', 'no-cache').json(this.document);
  }

  @Get('docs')
  show(@Res() response: Response): void {
    response.set('Cache-Control', 'no-cache').type('html').send(page);
  }
}
