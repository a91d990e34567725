// The same proxy with the quickest parts that Nest offers: Fastify below it, undici towards the model, bodies parsed.
import 'reflect-metadata';
import { Body, Controller, Headers, HttpCode, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pool } from 'undici';
import { armOf, EventCounter } from './event-counter';

const [port, v1 = '', v2 = ''] = process.argv.slice(2);
const pools = { v1: new Pool(v1, { connections: 128 }), v2: new Pool(v2, { connections: 128 }) };
const headers = { 'content-type': 'application/json' };
const events = new EventCounter();

@Controller()
class Predictions {
  @Post('v2/models/:model/infer')
  @HttpCode(200)
  async infer(
    @Param('model') model: string,
    @Headers('x-weir-unit') unit: string,
    @Body() request: unknown,
  ): Promise<unknown> {
    const arm = armOf(unit);
    const started = performance.now();
    const path = `/v2/models/${model}/infer`;
    const answer = await pools[arm].request({ path, method: 'POST', headers, body: JSON.stringify(request) });
    const response = await answer.body.json();
    const latencyMs = performance.now() - started;
    events.record({ unit, arm, status: answer.statusCode, latencyMs, request, response });
    return response;
  }
}

@Module({ controllers: [Predictions] })
class Proxy {}

void NestFactory.create(Proxy, new FastifyAdapter(), { logger: false }).then((app) =>
  app.listen(Number(port), '127.0.0.1'),
);
