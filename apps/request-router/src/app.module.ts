// Nest's part of the router: the Kafka intake, and the end of everything. The live path stands beside it.
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { policyKnown, RequestedPredictions } from './adapters/kafka/requested-predictions';
import { AnswerRequested } from './answer-requested';
import { type Router } from './compose-router';

const routerToken = Symbol('router');

@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(@Inject(routerToken) private readonly router: Router) {}

  static of(router: Router): DynamicModule {
    return {
      module: AppModule,
      controllers: [RequestedPredictions],
      providers: [
        { provide: routerToken, useValue: router },
        { provide: AnswerRequested, useFactory: () => router.requests },
        { provide: policyKnown, useFactory: () => router.policyKnown },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.router.stop();
  }
}
