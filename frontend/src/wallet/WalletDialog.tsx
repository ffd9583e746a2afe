import { useMutation } from "@tanstack/react-query";
import { useConnectors } from "wagmi";
import { explain } from "../app/explain.ts";
import { useSite } from "../app/site.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { Hash } from "../design/Hash.tsx";
import { Notice } from "../design/Notice.tsx";
import { openConnection } from "./connection.ts";
import { DEMO_RDNS } from "./demoWallet.ts";
import { useWallet } from "./wallet.ts";

export function WalletDialog({ onClose }: { onClose: () => void }) {
	const { config } = useSite();
	const connection = openConnection(config);
	const wallet = useWallet();
	const connectors = useConnectors({ config: connection.wagmi });
	const connecting = useMutation({ mutationFn: connection.connect, onSuccess: onClose });
	const leaving = useMutation({ mutationFn: connection.disconnect, onSuccess: onClose });
	if (wallet !== undefined)
		return (
			<Dialog open onClose={onClose} title={wallet.name} about="Signs for this page until you disconnect it.">
				<Hash value={wallet.address} kind="address" />
				{wallet.demo && <DemoWarning />}
				<Button onClick={() => leaving.mutate()} busy={leaving.isPending}>
					Disconnect
				</Button>
			</Dialog>
		);
	return (
		<Dialog
			open
			onClose={onClose}
			title="Connect a wallet"
			about="The page sees your address. Nothing is signed until you say so, each time."
		>
			{connectors.length === 0 && (
				<Notice title="This browser has no wallet">
					Install one that announces itself (EIP-6963), then open this again. Reading needs none.
				</Notice>
			)}
			<ul className="grid gap-2">
				{connectors.map((connector) => (
					<li key={connector.uid}>
						<button
							type="button"
							onClick={() => connecting.mutate(connector)}
							disabled={connecting.isPending}
							className="flex min-h-14 w-full items-center gap-3 rounded-control border border-edge px-4 py-2 text-left hover:bg-sunken disabled:opacity-60"
						>
							{connector.icon !== undefined && <img src={connector.icon} alt="" width="28" height="28" />}
							<span className="grid">
								<span className="font-medium">{connector.name}</span>
								{connector.id === DEMO_RDNS && (
									<span className="text-small text-muted">Play money on this machine; its key is public</span>
								)}
							</span>
						</button>
					</li>
				))}
			</ul>
			{connecting.error !== null && (
				<Notice tone="bad" title={explain(connecting.error).title}>
					{explain(connecting.error).hint}
				</Notice>
			)}
		</Dialog>
	);
}

function DemoWarning() {
	return (
		<Notice tone="warn" title="A key that everybody knows">
			It exists for this local chain alone. Never send anything of worth to it.
		</Notice>
	);
}
