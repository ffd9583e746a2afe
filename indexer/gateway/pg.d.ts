/** The part of node-postgres that is used here; Ponder brings the package, nobody its types. */
declare module "pg" {
	export class Pool {
		constructor(config: { connectionString: string; max: number; connectionTimeoutMillis: number });
		query<Row>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
		on(event: "error", listener: (error: Error) => void): this;
		end(): Promise<void>;
	}
}
