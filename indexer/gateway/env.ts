import type { HttpBindings } from "@hono/node-server";

/** What Hono carries along with a request. `client`: whose budget it spends. */
export type GatewayEnv = { Bindings: HttpBindings; Variables: { client: string } };
