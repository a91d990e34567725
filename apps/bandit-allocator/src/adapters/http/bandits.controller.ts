// GET /api/v1/bandits/{rollout}: what each of its bandits believes, and how it would share traffic now. POST and GET .../rebuild: computed again from the outcomes.
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { withDatabase } from '@weir/bus';
import { rebuildOrder, type RebuildOrder, type RebuildView } from '@weir/contracts';
import { parseBody, parsePath, Roles } from '@weir/service';
import { z } from 'zod';
import { type BanditView, type Reads } from '../postgres/postgres-reads';
import { RebuildBandits } from '../../rebuild-bandits';
import { UnknownBanditError } from './errors';

export const READS = Symbol('reads');

const rolloutId = z.string().min(1).max(128);

@Controller('api/v1')
export class BanditsController {
  constructor(
    @Inject(READS) private readonly reads: Reads,
    private readonly rebuilds: RebuildBandits,
  ) {}

  @Get('bandits/:rollout')
  @Roles('viewer')
  async bandits(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
  ): Promise<{ rollout: string; bandits: readonly BanditView[] }> {
    return { rollout, bandits: await withDatabase(() => this.reads.bandits(rollout)) };
  }

  @Post('bandits/:rollout/rebuild')
  @HttpCode(202)
  @Roles('admin')
  rebuild(
    @Param('rollout', parsePath(rolloutId)) rollout: string,
    @Body(parseBody(rebuildOrder)) order: RebuildOrder,
  ): RebuildView {
    return known(this.rebuilds.begin(rollout, order));
  }

  @Get('bandits/:rollout/rebuild')
  @Roles('viewer')
  rebuilt(@Param('rollout', parsePath(rolloutId)) rollout: string): RebuildView {
    return known(this.rebuilds.view(rollout));
  }
}

function known(view: RebuildView | undefined): RebuildView {
  if (!view) throw new UnknownBanditError();
  return view;
}
