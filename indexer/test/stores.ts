// Where a mirror may keep its rows; what holds on one must hold on the other.
import { startPostgres } from "../../deploy/bench/postgres.ts";
import { freePort } from "../../deploy/setup/freePort.ts";
import { lackOf } from "../../deploy/setup/servers.ts";

export type Store = {
	/** Empty for PGlite. */
	databaseUrl: string;
	/** Loses every row of the mirror, and what was fetched for it. */
	lose(): Promise<void>;
	/** Frees the rows of a mirror that was killed; by itself PostgreSQL's would be free 25 s later. */
	unlock(): Promise<void>;
	close(): Promise<void>;
};

const nothing = async () => {};

async function openPostgres(): Promise<Store> {
	const postgres = await startPostgres(await freePort());
	return {
		databaseUrl: postgres.url,
		lose: () => postgres.execute("drop schema mirror cascade; drop schema ponder_sync cascade"),
		unlock: () => postgres.execute("update mirror._ponder_meta set value = jsonb_set(value, '{is_locked}', '0')"),
		close: () => postgres.stop(),
	};
}

/** Each with why it cannot be had here, if it cannot. */
export const stores = [
	// PGlite's rows are rebuilt at each start as it is.
	{
		name: "PGlite",
		skip: false as const,
		open: async (): Promise<Store> => ({ databaseUrl: "", lose: nothing, unlock: nothing, close: nothing }),
	},
	{ name: "PostgreSQL", skip: lackOf("postgresql"), open: openPostgres },
];
