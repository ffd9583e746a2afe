import type { CommandTree } from "../program.ts";
import { accept } from "./accept.ts";
import { balance } from "./balance.ts";
import { cancel } from "./cancel.ts";
import { doctor } from "./doctor.ts";
import { fetch } from "./fetch.ts";
import { push } from "./imagePush.ts";
import { logs } from "./logs.ts";
import { earnings } from "./provider/earnings.ts";
import { register } from "./provider/register.ts";
import { retire } from "./provider/retire.ts";
import { stake } from "./provider/stake.ts";
import { unstake } from "./provider/unstake.ts";
import { withdraw } from "./provider/withdraw.ts";
import { ps } from "./ps.ts";
import { quote } from "./quote.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";
import { verify } from "./verify.ts";

/** Everything `depin` can do, in the order `--help` lists it. */
export const commands: CommandTree = [
	run,
	quote,
	status,
	logs,
	fetch,
	verify,
	accept,
	cancel,
	ps,
	balance,
	doctor,
	{ group: "image", summary: "store container images", commands: [push] },
	{
		group: "provider",
		summary: "register nodes, move stake and earnings",
		commands: [register, stake, unstake, withdraw, retire, earnings],
	},
];
