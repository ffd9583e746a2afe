import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type MarketClient, parseAmount } from "depin";
import { useState } from "react";
import type { Hash } from "viem";
import { explain } from "../app/explain.ts";
import { useAmount } from "../app/format.ts";
import { useSite } from "../app/site.ts";
import { Field } from "../design/Field.tsx";
import { Section } from "../design/Section.tsx";
import { SignButton } from "../wallet/SignButton.tsx";

type MoveMoneyProps = {
	title: string;
	verb: string;
	done: string;
	/** There is no more to move than this. */
	most: bigint | undefined;
	move: (signer: MarketClient, units: bigint, onSent: (hash: Hash) => void) => Promise<unknown>;
};

export function MoveMoney({ title, verb, done, most, move }: MoveMoneyProps) {
	const { gateway } = useSite();
	const queries = useQueryClient();
	const amount = useAmount();
	const asset = useQuery({ queryKey: ["asset"], queryFn: () => gateway.asset(), staleTime: Number.POSITIVE_INFINITY });
	const [text, setText] = useState("");
	const { units, problem } = read(text, asset.data?.decimals, most);
	return (
		<Section title={title}>
			<div className="grid gap-3">
				<Field
					label={`Amount${asset.data === undefined ? "" : ` in ${asset.data.symbol}`}`}
					inputMode="decimal"
					autoComplete="off"
					value={text}
					onChange={({ target }) => setText(target.value)}
					hint={most === undefined ? "" : `At most ${amount(most)}`}
					error={problem}
				/>
				<SignButton
					label={units === undefined ? verb : `${verb} ${amount(units)}`}
					tone="quiet"
					done={done}
					disabled={units === undefined}
					sign={async (signer, onSent) => {
						if (units === undefined) return;
						await move(signer, units, onSent);
						setText("");
						await queries.invalidateQueries({ queryKey: ["chain", "account"] });
					}}
				/>
			</div>
		</Section>
	);
}

type Read = { units?: bigint; problem?: string };

function read(text: string, decimals: number | undefined, most: bigint | undefined): Read {
	if (text.trim() === "" || decimals === undefined) return {};
	try {
		const units = parseAmount(text.trim(), decimals);
		if (units === 0n) return { problem: "must be more than nothing" };
		return most !== undefined && units > most ? { problem: "is more than there is" } : { units };
	} catch (error) {
		return { problem: explain(error).title };
	}
}
