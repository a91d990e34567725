// The page at /: where to go from here.
import { Controller, Header } from '@nestjs/common';
import { Route } from './route';

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Weir</title>
<body style="font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Weir</h1><p>This is the rollout controller.</p>
<ul><li><a href="/api/docs">Try its routes</a></li><li><a href="/api/openapi.json">OpenAPI</a></li>
<li><a href="/readyz">Is it ready?</a></li><li><a href="/metrics">Metrics</a></li></ul></body></html>`;

@Controller()
export class HomeController {
  @Route({ method: 'get', path: '/', access: 'public', summary: 'A page with links.', answers: { 200: 'HTML' } })
  @Header('content-type', 'text/html; charset=utf-8')
  home(): string {
    return page;
  }
}
