// The router that most teams would write first: Nest on Express, the body parsed, axios towards the model.
import 'reflect-metadata';
import { Agent } from 'node:http';
import { Body, Controller, Headers, HttpCode, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import axios from 'axios';
import { armOf, EventCounter } from './event-counter';

const [port, v1 = '', v2 = ''] = process.argv.slice(2);
const upstreams = { v1, v2 };
const client = axios.create({ httpAgent: new Agent({ keepAlive: true }), validateStatus: () => true });
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
    const { data, status } = await client.post<unknown>(`${upstreams[arm]}/v2/models/${model}/infer`, request);
    events.record({ unit, arm, status, latencyMs: performance.now() - started, request, response: data });
    return data;
  }
}

@Module({ controllers: [Predictions] })
class Proxy {}

void NestFactory.create(Proxy, { logger: false }).then((app) => app.listen(Number(port), '127.0.0.1'));
