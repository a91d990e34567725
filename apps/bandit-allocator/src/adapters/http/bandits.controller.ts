// GET /api/v1/bandits/{rollout}: what each of its bandits believes, and how it would share traffic now.
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { parsePath, Roles } from '@weir/service';
import { z } from 'zod';
import { type BanditView, type Reads } from '../postgres/postgres-reads';

export const READS = Symbol('reads');

const rolloutId = z.string().min(1).max(128);

@Controller('api/v1')
export class BanditsController {
  constructor(@Inject(READS) private readonly reads: Reads) {}

  @Get('bandits/:rollout')
  @Roles('viewer')
  async bandits(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
  ): Promise<{ rollout: string; bandits: readonly BanditView[] }> {
    return { rollout, bandits: await withDatabase(() => this.reads.bandits(rollout)) };
  }
}
