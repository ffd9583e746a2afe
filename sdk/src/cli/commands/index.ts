import type { CommandTree } from "../program.ts";
import { accept } from "./accept.ts";
import { appeal } from "./appeal.ts";
import { balance } from "./balance.ts";
import { cancel } from "./cancel.ts";
import { challenge } from "./challenge.ts";
import { completion } from "./completion.ts";
import { deposit } from "./deposit.ts";
import { show } from "./disputeShow.ts";
import { doctor } from "./doctor.ts";
import { fetch } from "./fetch.ts";
import { push } from "./imagePush.ts";
import { init } from "./init.ts";
import { logs } from "./logs.ts";
import { ls } from "./nodeLs.ts";
import { earnings } from "./provider/earnings.ts";
import { register } from "./provider/register.ts";
import { retire } from "./provider/retire.ts";
import { stake } from "./provider/stake.ts";
import { unstake } from "./provider/unstake.ts";
import { withdraw as withdrawEarnings } from "./provider/withdraw.ts";
import { ps } from "./ps.ts";
import { quote } from "./quote.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";
import { verify } from "./verify.ts";
import { create } from "./wallet/create.ts";
import { importWallet } from "./wallet/import.ts";
import { show as showWallet } from "./wallet/show.ts";
import { withdraw } from "./withdraw.ts";

/** Everything `depin` can do, in the order `--help` lists it. */
export const commands: CommandTree = [
	init,
	run,
	quote,
	status,
	logs,
	fetch,
	verify,
	accept,
	cancel,
	challenge,
	{ group: "dispute", summary: "what became of a challenge", commands: [show, appeal] },
	ps,
	balance,
	deposit,
	withdraw,
	{
		group: "wallet",
		summary: "an account of your own, in an encrypted file",
		commands: [create, importWallet, showWallet],
	},
	doctor,
	completion,
	{ group: "image", summary: "store container images", commands: [push] },
	{ group: "node", summary: "who could run a job", commands: [ls] },
	{
		group: "provider",
		summary: "register nodes, move stake and earnings",
		commands: [register, stake, unstake, withdrawEarnings, retire, earnings],
	},
];
