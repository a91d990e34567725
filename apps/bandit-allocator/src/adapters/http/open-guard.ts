// The local profile: whoever reaches the port may read. The same guard to Nest, with the door open.
import { ApiKeyGuard } from '@weir/service';

export class OpenGuard extends ApiKeyGuard {
  override canActivate(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
