import { lazy, Suspense, useState } from "react";
import { Button } from "../design/Button.tsx";
import { useWallet } from "./wallet.ts";

const WalletDialog = lazy(() => import("./WalletDialog.tsx").then(({ WalletDialog: it }) => ({ default: it })));

export function WalletButton() {
	const wallet = useWallet();
	const [open, setOpen] = useState(false);
	return (
		<>
			<Button onClick={() => setOpen(true)}>
				{wallet === undefined ? (
					"Connect wallet"
				) : (
					<>
						<span className="font-mono text-small">
							{wallet.address.slice(0, 6)}…{wallet.address.slice(-4)}
						</span>
						{wallet.demo && <span className="rounded bg-warn-ground px-1.5 text-small text-warn">demo</span>}
					</>
				)}
			</Button>
			{open && (
				<Suspense>
					<WalletDialog onClose={() => setOpen(false)} />
				</Suspense>
			)}
		</>
	);
}
